/**
 * What a Linux binary asks of the C library.
 *
 *   node scripts/elf.mjs hkm-native.linux-x64-gnu.node        or        import { check } from './scripts/elf.mjs'
 */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Of 2018, as in Debian 10 and RHEL 8; the builds of Node 20 from nodejs.org need it too. */
export const GLIBC = '2.28'

/** See `src/isolation.rs`. */
const FORBIDDEN = ['getenv', 'secure_getenv', 'getaddrinfo']

/**
 * @param {string} file
 * @returns {{ glibc: string | undefined, problems: string[] }} the newest glibc that it needs, none for musl
 */
export function check(file) {
  // A line of an import: `0000000000000000      DF *UND*  0000000000000000 (GLIBC_2.17) clock_gettime`.
  const imports = execFileSync('objdump', ['-T', file], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('*UND*'))
  const names = imports.map((line) => line.split(/\s+/).at(-1))
  const versions = imports.flatMap((line) => line.match(/(?<=GLIBC_)[\d.]+/) ?? [])
  const glibc = versions.sort(byVersion).at(-1)

  const problems = FORBIDDEN.filter((name) => names.includes(name)).map((name) => `calls ${name}`)
  if (names.length === 0) problems.push('imports nothing, so this is no addon')
  if (glibc !== undefined && byVersion(glibc, GLIBC) > 0) problems.push(`needs glibc ${glibc}`)
  return { glibc, problems }
}

const byVersion = (a, b) => a.localeCompare(b, 'en', { numeric: true })

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [file] = process.argv.slice(2)
  const { glibc, problems } = check(file)
  console.log(`${file}: ${glibc === undefined ? 'no glibc' : `glibc ${glibc}`}`)
  for (const problem of problems) console.error(`${file}: ${problem}; at most ${GLIBC}`)
  if (problems.length > 0) process.exit(1)
}
