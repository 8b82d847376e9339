/**
 * The matrix of platforms: the binaries for other Linux platforms are built as the release builds them, and played on this
 * machine, with Node and Bun of the platform; those for ARM under qemu. For Windows a binary is built as a stand-in, and played
 * under wine. Prints a table, and exits with 1 if anything is wrong but what `platforms/known.mjs` names.
 *
 *   npm run matrix:platforms [-- --platform NAME]... [--runtime NAME] [--only suites|endings|credentials]... [--name NAME]
 *                               [--repeat N] [--binaries FOLDER]
 *
 * `--only` and `--platform` may be repeated. `--name` plays what has NAME in its name. `--repeat` is how often endings that
 * depend on a race are played (default: 1). `--binaries` takes binaries that are there, and builds none; that of this machine
 * has to be among them. That for Windows may be the published one.
 *
 * Needs Debian on x64, Linux 6.7 or newer, and rustup unless binaries are given. Everything else is fetched from Debian, npm and
 * PyPI into `target/`.
 */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setup } from '../scripts/setup.mjs'
import { number, table } from '../testkit/report.mjs'
import { BUILT, build, isPlaced, place } from './platforms/binaries.mjs'
import { writeCompiler } from './platforms/compiler.mjs'
import { judged } from './platforms/known.mjs'
import { PLATFORMS } from './platforms/list.mjs'
import { PARTS, resultsIn } from './platforms/parts.mjs'
import { runtimesOf, slug } from './platforms/runtimes.mjs'
import { systemOf } from './platforms/system.mjs'
import { environmentOf, onDriveZ, WINE, wineOf } from './platforms/wine.mjs'
import { writeWrapper } from './platforms/wrapper.mjs'

const FOLDER = fileURLToPath(new URL('../target/platforms/', import.meta.url))
/** The platform that this runs on. */
const OWN = 'linux-x64-gnu'
const NAMES = PLATFORMS.map(({ name }) => name)

const { values: options } = parseArgs({
  options: {
    platform: { type: 'string', multiple: true, default: NAMES },
    runtime: { type: 'string', default: '' },
    only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
    name: { type: 'string', default: '' },
    repeat: { type: 'string', default: '1' },
    binaries: { type: 'string' },
  },
})
assertKnown('--platform', options.platform, NAMES)
assertKnown('--only', options.only, Object.keys(PARTS))

const platforms = PLATFORMS.filter(({ name }) => options.platform.includes(name))
if (options.binaries) {
  await setup({ addon: false })
  // Some suites load the package themselves.
  if (!isPlaced(OWN)) place(OWN, options.binaries)
} else {
  await setup()
  for (const platform of platforms) build(platform)
}

const rows = platforms.flatMap(played)
console.log(
  table(
    ['platform', 'runtime', 'bytes', ...options.only],
    rows.map(({ platform, bytes, runtime, parts }) => [
      platform.name,
      `${runtime.name} (${runtime.version})`,
      number(bytes),
      ...parts.map(summary),
    ])
  )
)
for (const row of rows) for (const part of row.parts) printFailures(row, part)
const isWrong = ({ total, wrong }) => wrong.length > 0 || (total === 0 && options.name === '')
process.exitCode = rows.some(({ parts }) => parts.some(isWrong)) ? 1 : 0

function assertKnown(option, given, names) {
  const unknown = given.find((name) => !names.includes(name))
  if (unknown === undefined) return
  console.error(`${option} is one of ${names.join(', ')}, not ${unknown}`)
  process.exit(1)
}

/** Plays a platform, and returns what was found on each of its runtimes. */
function played(platform) {
  const bytes = place(platform.name, options.binaries ?? BUILT)
  const folder = join(FOLDER, platform.name)
  const tools = join(folder, 'tools')
  writeCompiler(platform, tools)
  const fetched = runtimesOf(platform)
  const { runner, runtimes } = platform.isWindows
    ? onWine(platform, fetched)
    : onLinux(platform, fetched)
  mkdirSync(join(folder, 'results'), { recursive: true })
  return runtimes
    .filter(({ name }) => name.includes(options.runtime))
    .map((runtime) => {
      const { name } = runtime
      const parts = options.only.map((part) => {
        const file = join(folder, 'results', `${slug(name)}-${part}.jsonl`)
        console.error(`\n== ${platform.name}, ${name}: ${part}`)
        rmSync(file, { force: true })
        PARTS[part]({ ...options, runtime, runner, tools, file, isEmulated: platform.isEmulated })
        return judged({ platform: platform.name, runtime: name, part }, resultsIn(file))
      })
      return { platform, bytes, runtime, parts }
    })
}

/** Programs of Linux are children of the Node of this machine. */
function onLinux(platform, fetched) {
  const system = systemOf(platform, fetched)
  const runtimes = fetched.map(({ name, version, binary }) => {
    const command = commandOf(platform, name)
    writeWrapper(command, { system, binary, isEmulated: platform.isEmulated })
    return { name, version, command }
  })
  return { runtimes }
}

/** Programs of Windows are children of a Node that runs under wine itself. */
function onWine(platform, fetched) {
  const system = wineOf(platform)
  const [node] = fetched
  const command = commandOf(platform, node.name)
  writeWrapper(command, { system, binary: node.binary, runner: WINE })
  const runtimes = fetched.map(({ name, version, binary, noise }) => ({
    name,
    version,
    noise,
    command: onDriveZ(binary),
  }))
  return { runner: { command, env: environmentOf(platform, system) }, runtimes }
}

function commandOf(platform, runtime) {
  return join(FOLDER, platform.name, 'bin', slug(runtime))
}

function summary({ total, right, again, known, wrong }) {
  const exceptions = [
    ...(again.length > 0 ? [`${again.length} of them when played again`] : []),
    ...(known.length > 0 ? [`${known.length} known`] : []),
    ...(wrong.length > 0 ? [`${wrong.length} WRONG`] : []),
  ]
  return [`${right} of ${total}`, ...exceptions].join(', ')
}

function printFailures({ platform, runtime }, { part, again, known, wrong }) {
  const print = ({ name, problems }, how) => {
    console.log(`\n${platform.name}, ${runtime.name}, ${part}, ${name}: ${how}`)
    for (const problem of problems) console.log(`  ${problem}`)
  }
  for (const { name, first } of again) {
    print({ name, problems: first }, 'right when it was played again, alone')
  }
  for (const result of known) print(result, `known: ${result.reason}`)
  for (const result of wrong) print(result, 'WRONG')
}
