/** The binaries that are published, beside the JavaScript that loads them. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runSteps } from '../../scripts/steps.mjs'
import { buildStandIn } from './stand-in.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Where `npm run build:release` leaves them. */
export const BUILT = 'target/binaries'

/** Builds the binary of a platform as the release does, and for Windows one that stands in. */
export function build({ name, target, isWindows }) {
  const installed = execFileSync('rustup', ['target', 'list', '--installed'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const steps = installed.split('\n').includes(target)
    ? []
    : [{ name: `Rust for ${target}`, command: ['rustup', 'target', 'add', target] }]
  runSteps(steps)
  if (isWindows) buildStandIn(target, join(ROOT, BUILT, fileOf(name)))
  else
    runSteps([{ name: target, command: ['npm', 'run', '--silent', 'build:release', '--', target] }])
}

/**
 * Puts the binary of a platform where the package loads it from, until this process ends.
 *
 * @param {string} name of the platform
 * @param {string} folder where the binaries are
 * @returns {number} its bytes
 */
export function place(name, folder) {
  const from = resolve(ROOT, folder, fileOf(name))
  const to = join(ROOT, fileOf(name))
  copyFileSync(from, to)
  process.once('exit', () => rmSync(to, { force: true }))
  return statSync(to).size
}

/** Whether the binary of a platform is there already. */
export const isPlaced = (name) => existsSync(join(ROOT, fileOf(name)))

const fileOf = (name) => `hkm-native.${name}.node`
