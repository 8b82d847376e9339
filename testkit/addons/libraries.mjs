// Compiles the shared objects of this folder, each once in a process. Needs Linux and gcc.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FLAGS = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-Wl,-z,nodelete']

const exec = promisify(execFile)
const compiled = new Map()
let folder

/**
 * Returns the path of a shared object, which is deleted when this process ends.
 *
 * @param {'abort' | 'crash-handler' | 'fork' | 'fork-signal' | 'killed-telling' | 'lock' | 'lock-exit' | 'lock-return' | 'no-addon' | 'no-memory' | 'no-threads' | 'other-addon' | 'replace' | 'sent-elsewhere' | 'slow-exit' | 'wall-clock'} name of a C file in this folder
 * @returns {Promise<string>}
 */
export function library(name) {
  if (!compiled.has(name)) compiled.set(name, compile(name))
  return compiled.get(name)
}

async function compile(name) {
  if (!folder) {
    folder = mkdtempSync(join(tmpdir(), 'hkm-crashes-'))
    process.once('exit', () => rmSync(folder, { recursive: true }))
  }
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url))
  const object = join(folder, `${name}.so`)
  await exec('gcc', [...FLAGS, '-o', object, source])
  return object
}
