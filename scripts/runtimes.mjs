/**
 * The JavaScript runtimes that the package promises to work on: the one that runs this, and those that
 * `runtimes/` pins, which npm installs when they are missing or of another version.
 *
 *   node scripts/runtimes.mjs        or        import { runtimes } from './scripts/runtimes.mjs'
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../runtimes/', import.meta.url)
const PINNED = ['node-22', 'node-24', 'node-26', 'bun-1.3', 'bun-1.4']
/** Names such as `Node 26,Bun 1.4`: of the pinned ones these alone. */
const CHOSEN = process.env.HKM_RUNTIMES?.split(',')

/**
 * @typedef {{ name: string, version: string, command: string }} Runtime
 * @returns {Runtime[]} one of each name, the running one first; each has told its version
 */
export function runtimes() {
  const wanted = chosen(PINNED.map(pinned))
  if (!wanted.every(isInstalled)) install()
  const own = { name: `Node ${process.versions.node.split('.')[0]}`, command: process.execPath }
  const all = [{ ...own, version: process.versions.node }, ...wanted]
  for (const runtime of all) assertVersion(runtime)
  return all
    .filter(({ name }, index) => index === 0 || name !== own.name)
    .map(({ name, version, command }) => ({ name, version, command }))
}

function chosen(pinned) {
  if (CHOSEN === undefined) return pinned
  return CHOSEN.map(
    (name) => pinned.find((runtime) => runtime.name === name) ?? fail(`HKM_RUNTIMES: no ${name}`)
  )
}

const readJson = (path) => JSON.parse(readFileSync(new URL(path, DIRECTORY), 'utf8'))

const locked = (location) => readJson('package-lock.json').packages[location]?.version

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

function assertVersion({ name, version, command }) {
  let told
  try {
    told = execFileSync(command, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '')
  } catch (error) {
    fail(`${name} does not run: ${error.message}`)
  }
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
