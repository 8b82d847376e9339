// Compiles the native function that does nothing, once, with the C compiler that Rust links with.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const EMPTY_ADDON = fileURLToPath(new URL('../target/benchmark/empty.node', import.meta.url))

const SOURCE = fileURLToPath(new URL('./sides/empty.c', import.meta.url))
const HEADERS = fileURLToPath(new URL('./node_modules/node-api-headers/include', import.meta.url))

/** @returns {boolean} whether it is there; where there is no C compiler, that part of the floor is left out */
export function hasEmptyAddon() {
  if (existsSync(EMPTY_ADDON)) return true
  mkdirSync(new URL('.', `file://${EMPTY_ADDON}`), { recursive: true })
  const lookup = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  const args = ['-O2', '-shared', '-fPIC', ...lookup, '-I', HEADERS, '-o', EMPTY_ADDON, SOURCE]
  try {
    execFileSync(process.env.CC ?? 'cc', args, { stdio: ['ignore', 'ignore', 'inherit'] })
    return true
  } catch (error) {
    process.stderr.write(`The cost of a native call is left out: ${error.message}\n`)
    return false
  }
}
