/**
 * A binary for Windows that stands in for the published one: of the same sources, but made by zig with the libraries of MinGW.
 * Those of Microsoft come from neither Debian, npm nor PyPI.
 */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runSteps } from '../../scripts/steps.mjs'
import { zig } from '../../scripts/zig.mjs'

const TARGET = fileURLToPath(new URL('../../target/', import.meta.url))

/**
 * @param {string} target of Rust
 * @param {string} file where it is written
 */
export function buildStandIn(target, file) {
  const command = `cargo-zigbuild zigbuild --release --locked --package hkm-native --target ${target}`
  const env = {
    PATH: [zig(), process.env.PATH].join(delimiter),
    LIBNODE_PATH: emptyLibrary(join(TARGET, 'platforms/libnode')),
  }
  runSteps([{ name: target, command: command.split(' '), env }])
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(join(TARGET, target, 'release/hkm_native.dll'), file)
}

/** What napi-build asks for. The addon takes the functions of Node from the program that loads it. */
function emptyLibrary(folder) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'libnode.dll'), '')
  writeFileSync(join(folder, 'libnode.a'), '!<arch>\n')
  return folder
}
