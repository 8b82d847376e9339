/**
 * Builds the Linux binary that is published, in `target/portable/`: linked by zig against an old glibc or against
 * musl. A plain build asks for the glibc of the machine that made it.
 *
 *   node scripts/build-portable.mjs [x86_64-unknown-linux-gnu]
 */

import { delimiter } from 'node:path'
import { GLIBC } from './elf.mjs'
import { pythonTools } from './python-tools.mjs'
import { runSteps } from './steps.mjs'

const OUTPUT = 'target/portable'

const ARCHITECTURES = { x86_64: 'x64', aarch64: 'arm64' }
const own = Object.keys(ARCHITECTURES).find((name) => ARCHITECTURES[name] === process.arch)

const [target = `${own}-unknown-linux-gnu`] = process.argv.slice(2)
const [, architecture, libc] = target.match(/^(x86_64|aarch64)-unknown-linux-(gnu|musl)$/) ?? []
if (libc === undefined) throw new Error(`no portable build for ${target}`)

const zig = pythonTools('zig', ['ziglang==0.15.2', 'cargo-zigbuild==0.24.0'])
const napi = 'npx --no-install napi build --platform --release --no-js --cross-compile'.split(' ')
const file = `${OUTPUT}/hkm-native.linux-${ARCHITECTURES[architecture]}-${libc}.node`
runSteps([
  {
    name: `the addon for ${target}`,
    command: [...napi, '--output-dir', OUTPUT].concat(
      '--target',
      libc === 'gnu' ? `${target}.${GLIBC}` : target
    ),
    env: { PATH: [zig, process.env.PATH].join(delimiter) },
  },
  { name: 'what it asks of the system', command: [process.execPath, 'scripts/elf.mjs', file] },
])
