// A wall clock that processes share. They preload the library `wall-clock`, which needs Linux and gcc.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function wallClock() {
  const folder = mkdtempSync(join(tmpdir(), 'hkm-clock-'))
  const file = join(folder, 'shift')
  writeFileSync(file, Buffer.alloc(4_096))
  let seconds = 0
  return {
    file,
    now: () => Date.now() + seconds * 1_000,
    forward(minutes) {
      seconds += minutes * 60
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(seconds))
      // The file is memory that processes share: it must not be truncated.
      writeFileSync(file, bytes, { flag: 'r+' })
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
