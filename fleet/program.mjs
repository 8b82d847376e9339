// Builds the programs of the simulation, and runs them.

import { execFileSync, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROGRAMS = new URL('../target/fleet/', import.meta.url)
const BUILD = 'build --quiet --locked --profile fleet --package hkm-fleet --bins'.split(' ')

/** Each takes up to two gigabytes. */
export const AT_A_TIME = Math.min(2, availableParallelism())

/** Thousands of processes are spread over much memory, and small pages cost a third of the time. Only glibc reads this. */
const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }

export function build() {
  const options = {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, CARGO_TARGET_DIR: 'target' },
  }
  try {
    execFileSync('cargo', BUILD, options)
  } catch (error) {
    const cause = error.code === 'ENOENT' ? 'cargo was not found on PATH' : 'cargo has failed'
    throw new Error(`the simulation was not built: ${cause}`)
  }
}

/**
 * Runs a program, whose argument and result are JSON.
 *
 * @param {'fleet' | 'simulate'} name
 * @param {object} [argument]
 * @param {AbortSignal} [signal] ends it early
 * @returns {Promise<{ status: number | null, result: any, told: string }>} `told` is what it wrote to the standard error
 */
export async function run(name, argument, signal) {
  const program = fileURLToPath(new URL(name, PROGRAMS))
  const args = argument === undefined ? [] : [JSON.stringify(argument)]
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal })
  const texts = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => (texts[stream] += text))
  const status = await new Promise((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', (error) => (error.name === 'AbortError' ? resolve(null) : reject(error)))
  })
  const result = texts.stdout === '' ? undefined : JSON.parse(texts.stdout)
  return { status, result, told: texts.stderr }
}
