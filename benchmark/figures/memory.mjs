// Memory and threads of this process.

import { readdirSync } from 'node:fs'

/** Bytes in physical memory once garbage is collected. Node needs `--expose-gc` for that. */
export function residentBytes() {
  globalThis.Bun?.gc(true)
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** Undefined where the system does not tell. */
export function threads() {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : undefined
}
