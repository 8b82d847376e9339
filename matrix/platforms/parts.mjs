/**
 * What is played on a platform: suites, endings and credentials. Each part is a command of its own, which writes what it found
 * to a file.
 */

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FOUR_AT_A_TIME } from '../../scripts/steps.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Relative, because the same folder has another name under wine. */
const REPORTER = './matrix/platforms/reporter.mjs'

// Endings and credentials have their matrices. `getenv` watches glibc, by Node of this machine as the control, and `bounds` the
// memory that a runtime keeps for itself. The others play what runs on Node of this machine, whatever the runtime is.
const ELSEWHERE = [
  ...['endings', 'credentials', 'getenv', 'bounds'],
  ...['load-failure', 'libc', 'names', 'hostile-environment', 'doctor', 'pages', 'referee'],
].map((suite) => `${suite}.test.mjs`)

function suitesNamed(name) {
  const folder = new URL('../../__test__/', import.meta.url)
  const startsChildren = (file) =>
    /\/(harness|pages\/project)\.mjs/.test(readFileSync(new URL(file, folder), 'utf8'))
  return readdirSync(folder)
    .filter((file) => file.endsWith('.test.mjs') && file.includes(name))
    .filter((file) => !ELSEWHERE.includes(file) && startsChildren(file))
    .map((file) => `__test__/${file}`)
}

/**
 * @typedef {{ name: string, problems: string[], first?: string[] }} Result `first`: what was wrong before it was played
 *   again, alone
 * @typedef {{ command: string, env: Record<string, string> }} Runner the Node that starts the children of a part
 * @typedef {object} Given
 * @property {{ name: string, command: string, noise?: string }} runtime
 * @property {Runner} [runner] default: the Node that runs this
 * @property {string} tools a folder for the beginning of PATH
 * @property {string} file gets the results
 * @property {string} name what is played has it in its name
 * @property {string} repeat how often races are played
 * @property {boolean} [isEmulated]
 */

/** @type {Record<string, (given: Given) => void>} */
export const PARTS = {
  suites(given) {
    const reports = [
      ...['--test-reporter=dot', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${given.file}`],
    ]
    const suites = suitesNamed(given.name)
    // Without a file, Node would look for suites by itself.
    if (suites.length === 0) return
    run(given, ['--test', FOUR_AT_A_TIME, ...reports, ...suites], {
      HKM_TEST_RUNTIME: given.runtime.command,
    })
  },
  endings(given) {
    // What goes wrong without an emulator is no matter of time.
    const again = given.isEmulated ? ['--again'] : []
    cells(given, 'matrix/endings.mjs', '--repeat', given.repeat, ...again)
  },
  credentials: (given) => cells(given, 'matrix/credentials.mjs'),
}

function cells(given, matrix, ...options) {
  const { runtime, file, name } = given
  run(given, [matrix, '--json', file, '--only', name, ...options], {
    HKM_RUNTIMES: `${runtime.name}=${runtime.command}`,
  })
}

/** Under qemu a process takes ten times as long. */
const PATIENCE = '6'

/** Runs Node until it has written its results. Its exit code says no more than they do. */
function run({ tools, runner, runtime, file }, args, env) {
  const PATH = `${tools}:${process.env.PATH}`
  // For Node under wine, a pipe that another program made is no open file.
  const output = runner ? openSync(file.replace(/jsonl$/, 'log'), 'w') : 2
  const { error, signal } = spawnSync(runner?.command ?? process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      PATH,
      HKM_TEST_PATIENCE: PATIENCE,
      ...(runtime.noise && { HKM_TEST_NOISE: runtime.noise }),
      ...runner?.env,
      ...env,
    },
  })
  if (runner) closeSync(output)
  if (error) throw error
  if (signal) throw new Error(`${args[0]} was ended by ${signal}`)
}

/**
 * What a part has found. Nothing if it was not played, or ended early.
 *
 * @param {string} file
 * @returns {Result[]}
 */
export function resultsIn(file) {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(JSON.parse)
}
