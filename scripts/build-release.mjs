/**
 * Builds the binary that is published for a target, in `target/binaries/`. On Linux zig links it, against an old glibc
 * or against musl: a plain build asks for the glibc of the machine that made it.
 *
 *   node scripts/build-release.mjs x86_64-unknown-linux-gnu
 */

import { readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { GLIBC } from './elf.mjs'
import { runSteps } from './steps.mjs'
import { zig } from './zig.mjs'

const OUTPUT = 'target/binaries'

const { napi } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const [target] = process.argv.slice(2)
if (!napi.targets.includes(target)) {
  console.error(`Name one of the targets:\n${napi.targets.join('\n')}`)
  process.exit(1)
}

const command = 'npx --no-install napi build --platform --release --no-js --output-dir'.split(' ')
command.push(OUTPUT, '--target')
const name = `the addon for ${target}`
if (target.includes('linux')) {
  const goal = target.endsWith('gnu') ? `${target}.${GLIBC}` : target
  const env = { PATH: [zig(), process.env.PATH].join(delimiter) }
  runSteps([
    { name, command: [...command, goal, '--cross-compile'], env },
    { name: 'what it asks of the system', command: [process.execPath, 'scripts/elf.mjs', OUTPUT] },
  ])
} else runSteps([{ name, command: [...command, target] }])
