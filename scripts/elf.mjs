/**
 * What Linux binaries ask of the C library: no glibc newer than `GLIBC`, and none of `FORBIDDEN`.
 *
 *   node scripts/elf.mjs FOLDER
 */

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of 2018, as in Debian 10 and RHEL 8; the builds of Node 20 from nodejs.org need it too. */
export const GLIBC = '2.28'

/** See `src/isolation.rs`. */
const FORBIDDEN = ['getenv', 'secure_getenv', 'getaddrinfo']

/**
 * @param {string} file
 * @returns {{ glibc: string | undefined, problems: string[] }} the newest glibc that it needs; none for musl
 */
export function check(file) {
  // An import is a line such as `0000000000000000      DF *UND*  0000000000000000 (GLIBC_2.17) clock_gettime`.
  const imports = execFileSync('objdump', ['-T', file], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('*UND*'))
  const names = imports.map((line) => line.split(/\s+/).at(-1))
  const versions = imports.flatMap((line) => line.match(/(?<=GLIBC_)[\d.]+/) ?? [])
  const glibc = versions.sort(byVersion).at(-1)

  const problems = FORBIDDEN.filter((name) => names.includes(name)).map((name) => `calls ${name}`)
  if (names.length === 0) problems.push('imports nothing, as no addon does')
  if (glibc !== undefined && byVersion(glibc, GLIBC) > 0) {
    problems.push(`needs glibc ${glibc}, and ${GLIBC} is the most that it may`)
  }
  return { glibc, problems }
}

const byVersion = (a, b) => a.localeCompare(b, 'en', { numeric: true })

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [folder] = process.argv.slice(2)
  // The matrix of platforms leaves a binary for Windows there.
  const names = readdirSync(folder).filter((file) => /\.linux-.*\.node$/.test(file))
  if (names.length === 0) {
    console.error(`${folder} has no binary for Linux`)
    process.exitCode = 1
  }
  for (const name of names) {
    const { glibc, problems } = check(join(folder, name))
    console.log(`${name}: ${glibc === undefined ? 'no glibc' : `glibc ${glibc}`}`)
    for (const problem of problems) console.error(`${name}: ${problem}`)
    if (problems.length > 0) process.exitCode = 1
  }
}
