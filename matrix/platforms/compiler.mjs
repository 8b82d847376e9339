/** A `gcc` that compiles for another platform. Some endings and suites load addons in C, and compile them by that name. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zig } from '../../scripts/zig.mjs'

/**
 * @param {import('./list.mjs').Platform} platform
 * @param {string} folder gets `gcc`
 */
export function writeCompiler({ zig: target }, folder) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'gcc')
  // zig would make undefined behaviour a trap, and these addons are there to crash.
  const command = `'${join(zig(), 'python-zig')}' cc -target ${target} -fno-sanitize=undefined`
  const cache = join(folder, 'cache')
  writeFileSync(file, `#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR='${cache}'\nexec ${command} "$@"\n`)
  chmodSync(file, 0o755)
}
