/**
 * The JavaScript runtimes that the package promises to work on: the one that runs this, and those that
 * `runtimes/` pins, which npm installs when they are missing or of another version.
 *
 *   node scripts/runtimes.mjs        or        import { runtimes } from './scripts/runtimes.mjs'
 *
 * `HKM_RUNTIMES` names those that are wanted, such as `Node 26,Bun 1.4`. One that is none of them has a command:
 * `Node 25=/opt/node/bin/node`. The binary of the addon that such a one loads has to be there: it may be of another platform, and the
 * matrices build none for it.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../runtimes/', import.meta.url)
const PINNED = ['node-22', 'node-24', 'node-26', 'bun-1.3', 'bun-1.4']
const WANTED = process.env.HKM_RUNTIMES?.split(',')

/** Whether some have commands of their own. */
export const areOthers = WANTED?.some(isOther) ?? false

/**
 * @typedef {{ name: string, version: string, command: string }} Runtime
 * @returns {Runtime[]} one of each name, the running one first unless others are wanted; each has told its version
 */
export function runtimes() {
  if (WANTED === undefined) return promised()
  const all = WANTED.every(isOther) ? [] : promised()
  return WANTED.map((text) => {
    if (isOther(text)) return other(text)
    return all.find(({ name }) => name === text) ?? fail(`HKM_RUNTIMES: there is no ${text}`)
  })
}

function promised() {
  const wanted = PINNED.map(pinned)
  if (!wanted.every(isInstalled)) install()
  const own = { name: `Node ${process.versions.node.split('.')[0]}`, command: process.execPath }
  const all = [{ ...own, version: process.versions.node }, ...wanted]
  for (const runtime of all) assertVersion(runtime)
  return all
    .filter(({ name }, index) => index === 0 || name !== own.name)
    .map(({ name, version, command }) => ({ name, version, command }))
}

const readJson = (path) => JSON.parse(readFileSync(new URL(path, DIRECTORY), 'utf8'))

const locked = (location) => readJson('package-lock.json').packages[location]?.version

function isOther(text) {
  return text.includes('=')
}

/** Reads `Node 25=/opt/node/bin/node`. */
function other(text) {
  const [, name, command] = text.match(/^((?:Node|Bun) [\d.]+)=(.+)$/) ?? []
  if (name === undefined) fail(`HKM_RUNTIMES holds NAME=COMMAND, not ${text}`)
  return { name, version: versionOf(name, command), command }
}

/** What is wanted on this platform: `node-24` is `Node 24`, from `node_modules/node-24-linux-x64`. */
function pinned(runtime) {
  const [kind, major] = runtime.split('-')
  const location = `node_modules/${runtime}-${process.platform}-${process.arch}`
  const version = locked(location)
  if (version === undefined) fail(`npm has no ${runtime} for ${process.platform}-${process.arch}`)
  const binary = `${location}/bin/${kind}${process.platform === 'win32' ? '.exe' : ''}`
  const name = `${kind[0].toUpperCase()}${kind.slice(1)} ${major}`
  return { name, version, location, command: fileURLToPath(new URL(binary, DIRECTORY)) }
}

function isInstalled({ location, version }) {
  const manifest = `${location}/package.json`
  return existsSync(new URL(manifest, DIRECTORY)) && readJson(manifest).version === version
}

function install() {
  const command = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']
  runSteps([{ name: 'runtimes', command, cwd: 'runtimes' }])
}

function versionOf(name, command) {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '')
  } catch (error) {
    return fail(`${name} does not run: ${error.message}`)
  }
}

function assertVersion({ name, version, command }) {
  const told = versionOf(name, command)
  if (told !== version) fail(`${name} should be ${version}, but ${command} is ${told}`)
}

function fail(problem) {
  process.stderr.write(`runtimes: ${problem}\n`)
  process.exit(1)
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  for (const { name, version, command } of runtimes())
    console.log(`${name}\t${version}\t${command}`)
}
