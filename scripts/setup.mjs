/**
 * Makes a fresh clone runnable: installed packages and a release build of the addon. What is there and up
 * to date is left alone, so that a second run costs nothing.
 *
 *   node scripts/setup.mjs        or        import { setup } from './scripts/setup.mjs'
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOG = 'target/setup.log'
const ADDON_STAMP = 'target/.addon-stamp'
/** What the addon is built from. */
const ADDON_SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'rust-toolchain.toml', 'src', 'core']
/** Lines of the log that explain most failures. */
const EXCERPT_LINES = 40
/** How npm, cargo and rustc begin the first line of what went wrong. */
const ERROR_LINE = /^(npm error|error(\[E\d+\])?:)/
/** Milliseconds between two lines where a line cannot be rewritten. */
const QUIET_INTERVAL_MS = 30_000

const IS_WINDOWS = process.platform === 'win32'

/** Whether a command of this run has written to the log; the first one begins it anew. */
let isLogBegun = false

class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * Ends the process, with the exit code of the command that failed, if it cannot.
 *
 * @param {{ addon?: boolean }} [options] `addon: false` leaves the native build out
 */
export async function setup({ addon = true } = {}) {
  try {
    checkNode()
    isLogBegun = false
    if (!arePackagesInstalled()) await installPackages()
    if (addon && !isAddonBuilt()) await buildAddon()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`\nsetup: ${error.message}\n`)
    process.exit(error.exitCode)
  }
}

const read = (path) => readFileSync(join(ROOT, path), 'utf8')
const readJson = (path) => JSON.parse(read(path))

function checkNode() {
  const required = readJson('package.json').engines.node
  const least = required.match(/\d+/g).map(Number)
  const own = process.versions.node.split('.').map(Number)
  const differing = least.findIndex((part, index) => part !== own[index])
  if (differing !== -1 && own[differing] < least[differing]) {
    throw new SetupError(
      `Node.js ${required} is needed, and this is ${process.versions.node} (${process.execPath}).`
    )
  }
}

/** npm keeps a lock file of what it installed, written last; it is compared with the one wanted. */
function arePackagesInstalled() {
  if (!existsSync(join(ROOT, 'node_modules/.package-lock.json'))) return false
  const wanted = readJson('package-lock.json').packages
  const installed = readJson('node_modules/.package-lock.json').packages
  const isSame = (path) =>
    installed[path].version === wanted[path]?.version &&
    installed[path].integrity === wanted[path]?.integrity
  // What is optional may be for another platform.
  const isMissing = (path) => path !== '' && !installed[path] && !wanted[path].optional
  return Object.keys(installed).every(isSame) && !Object.keys(wanted).some(isMissing)
}

async function installPackages() {
  await run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund'], {
    missing: 'npm was not found on PATH. It comes with Node.js: https://nodejs.org',
  })
}

function isAddonBuilt() {
  if (!existsSync(join(ROOT, ADDON_STAMP))) return false
  const { sources, file, size } = readJson(ADDON_STAMP)
  const path = join(ROOT, file)
  // Of another size: a debug build, or one of other sources, was put in its place.
  return sources === hashOfSources() && existsSync(path) && statSync(path).size === size
}

async function buildAddon() {
  const sources = hashOfSources()
  process.stderr.write('The addon is compiled now. A first build takes 3 to 6 minutes.\n')
  // With rustup, this also installs the toolchain that rust-toolchain.toml names.
  await run('Looking for the Rust toolchain', 'cargo', ['--version'], {
    missing:
      'cargo was not found on PATH. Install Rust (https://rustup.rs); if it is installed, ' +
      'open a new shell, or run: . "$HOME/.cargo/env"',
  })
  await run('Building the addon', 'npm', ['run', 'build'], { progress: crateCounter() })
  const { path: file, size } = newestAddon()
  writeFileSync(join(ROOT, ADDON_STAMP), JSON.stringify({ sources, file, size }))
}

/** Content, not times: a checkout sets times as it likes. */
function hashOfSources() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const path of ADDON_SOURCES.flatMap(filesIn)) {
    const content = readFileSync(join(ROOT, path))
    hash.update(`\0${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

function filesIn(path) {
  if (!existsSync(join(ROOT, path))) return []
  if (!statSync(join(ROOT, path)).isDirectory()) return [path]
  return readdirSync(join(ROOT, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`))
}

function newestAddon() {
  const found = readdirSync(ROOT)
    .filter((path) => path.endsWith('.node'))
    .map((path) => ({ path, ...pick(statSync(join(ROOT, path))) }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
  if (found.length === 0) throw new SetupError(`The build left no .node file; see ${LOG}.`)
  return found[0]
}

const pick = ({ size, mtimeMs }) => ({ size, mtimeMs })

/**
 * Reads how far a build is from cargo's output. Cargo.lock also holds crates of tests, of the benchmark
 * and of other platforms, and the last ones are optimized together: the end comes early in crates, and late in time.
 */
function crateCounter() {
  const most = read('Cargo.lock').match(/^\[\[package\]\]$/gm).length
  let compiled = 0
  return (line) => {
    if (!/^\s*Compiling /.test(line)) return undefined
    compiled++
    return `${compiled} of at most ${most} crates`
  }
}

/**
 * Runs a command, with its output in the log and one line of progress on the terminal.
 *
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {object} options
 * @param {string} [options.missing] what to say when there is no such command
 * @param {(line: string) => string | undefined} [options.progress] reads the progress off a line
 */
async function run(title, command, args, { missing, progress = () => undefined }) {
  mkdirSync(join(ROOT, 'target'), { recursive: true })
  if (!isLogBegun) writeFileSync(join(ROOT, LOG), '')
  isLogBegun = true
  const log = (text) => appendFileSync(join(ROOT, LOG), `${text}\n`)
  log(`$ ${command} ${args.join(' ')}`)

  const line = statusLine()
  const started = performance.now()
  let detail = ''
  const show = () => `${title}: ${detail}${seconds(performance.now() - started)}`
  line.update(show())
  const timer = setInterval(() => line.update(show()), 1_000)

  const stdio = ['ignore', 'pipe', 'pipe']
  // A group of its own, so that an interruption ends the compilers too.
  const child = spawn(command, args, { cwd: ROOT, stdio, shell: IS_WINDOWS, detached: !IS_WINDOWS })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      log(text)
      const news = progress(text)
      if (news) detail = `${news}, `
    })
  }
  const { code, signal, error } = await endOf(child)
  clearInterval(timer)

  if (code === 0) {
    detail = ''
    return line.end(`${show()}, done`)
  }
  line.end(`${show()}, failed`)
  if (error?.code === 'ENOENT' && missing) throw new SetupError(missing, 127)
  const what = `\`${command} ${args.join(' ')}\``
  if (signal)
    throw new SetupError(`${what} was ended by ${signal}`, 128 + constants.signals[signal])
  const cause = error?.message ?? `failed with code ${code}`
  throw new SetupError(`${what}: ${cause}. From ${LOG}:\n\n${excerptOfLog()}`, code ?? 1)
}

/** The log from its first error on, else its end. */
function excerptOfLog() {
  const lines = read(LOG).trimEnd().split('\n')
  const first = lines.findIndex((line) => ERROR_LINE.test(line))
  const start = first === -1 ? Math.max(0, lines.length - EXCERPT_LINES) : first
  return lines.slice(start, start + EXCERPT_LINES).join('\n')
}

/** Passes on what would end this process meanwhile. */
async function endOf(child) {
  const forward = (signal) => {
    try {
      process.kill(IS_WINDOWS ? child.pid : -child.pid, signal)
    } catch {}
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward)
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, forward)
  return end
}

/** Milliseconds as text: `7 s`, `3 min 12 s`. */
function seconds(milliseconds) {
  const all = Math.round(milliseconds / 1000)
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`
}

/**
 * A line on stderr that is rewritten in place; without a terminal, a new line once in a while.
 *
 * @param {number} [quietMs] milliseconds between two lines without a terminal
 */
export function statusLine(quietMs = QUIET_INTERVAL_MS) {
  const stream = process.stderr
  let writtenAt = Number.NEGATIVE_INFINITY
  const rewrite = (text) => stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`)
  return {
    update(text) {
      if (stream.isTTY) rewrite(text)
      else if (performance.now() - writtenAt >= quietMs) {
        writtenAt = performance.now()
        stream.write(`${text}\n`)
      }
    },
    end(text) {
      if (stream.isTTY) rewrite(text)
      else stream.write(text)
      stream.write('\n')
    },
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await setup()
