// The ways in which a process ends. The suite plays them on the Node that runs it, the matrix of endings on every
// runtime. `play.mjs` says what has to hold.

import { AT_EXIT } from './rows/at-exit.mjs'
import { BUSY } from './rows/busy.mjs'
import { BY_ITSELF } from './rows/by-itself.mjs'
import { CRASHES } from './rows/crashes.mjs'
import { DEADLINES } from './rows/deadlines.mjs'
import { FORKS } from './rows/forks.mjs'
import { LAST_WORDS } from './rows/last-words.mjs'
import { LISTENERS } from './rows/listeners.mjs'
import { NEIGHBOURS } from './rows/neighbours.mjs'
import { AS_PID_1 } from './rows/pid-1.mjs'
import { BY_SIGNAL } from './rows/signals.mjs'
import { TERMINALS } from './rows/terminals.mjs'
import { TOOLS } from './rows/tools.mjs'
import { WITHOUT_CLOUDWATCH } from './rows/without-cloudwatch.mjs'
import { WORKERS } from './rows/workers.mjs'
import { WORKERS_AND_SIGNALS } from './rows/workers-and-signals.mjs'

const IS_WINDOWS = process.platform === 'win32'

/**
 * @typedef {object} Ending
 * @property {string} name
 * @property {string} [program] of `programs/`, where not `ending.mjs`, or a URL
 * @property {string[]} [args] of the program
 * @property {string[]} [runtimeArgs] before the program
 * @property {string[]} [wrapper] the command that runs the runtime
 * @property {boolean} [isWrapped] the runtime is a child of the wrapper's process, and the one that gets signals
 * @property {boolean} [isGroup] it has a process group of its own, which gets the signals
 * @property {boolean} [hasChildren] which would outlive it, were it killed
 * @property {number} [code] exit code, where not 0
 * @property {string} [signal] that ends it
 * @property {boolean} [isAsBare] however it ends with metrics off is right
 * @property {boolean} [isOwn] it would end in another way with metrics off, which cannot be compared
 * @property {(child: Child) => Promise<void>} [drive] what the parent does meanwhile
 * @property {import('@sim/local-cloudwatch/faults').Fault} [fault] of CloudWatch
 * @property {Record<string, string>} [env]
 * @property {(folder: string, runtime: { name: string }) => Partial<Ending> | Promise<Partial<Ending>>} [prepare] what
 *   depends on a temporary folder
 * @property {number} [hungAfterMs] where `HUNG_AFTER_MS` is too short
 * @property {(text: string) => string} [comparable] leaves out of stderr what differs from run to run
 * @property {boolean} [isRacy] worth repeating
 * @property {number} [mostRequests] more would say that it was held up for longer than `shutdownTimeoutMs`
 * @property {boolean} [isLost] nobody can deliver the records
 * @property {Record<string, string>} [lost] runtimes, as in `runtimes`, on which they are lost, and why
 * @property {number} [lastWords] lines that tell how many records were lost at the end
 * @property {boolean} [mayWarn] a flush that is not that of the end may fail before, and say so
 * @property {number} [untold] records that a source may have made after it last told
 * @property {Record<string, string>} [known] runtimes on which something is wrong, and what
 * @property {string[]} [runtimes] beginnings of the names of those on which it exists; default: all
 * @property {boolean} [isDefined] on this platform
 * @property {boolean} [needsRights] that not every machine gives
 *
 * @typedef {import('./child.mjs').Child} Child
 */

/** Endings that need signals, which end a process at once on Windows. */
const bySignal = (ending) => ({ isDefined: !(IS_WINDOWS && ending.drive), ...ending })

/** @type {Ending[]} */
export const ENDINGS = [
  ...BY_ITSELF,
  ...AT_EXIT,
  ...BY_SIGNAL,
  ...LISTENERS,
  ...BUSY,
  ...TERMINALS,
  ...TOOLS,
  ...NEIGHBOURS,
  ...WORKERS,
  ...WORKERS_AND_SIGNALS,
  ...CRASHES,
  ...FORKS,
  ...WITHOUT_CLOUDWATCH,
  ...LAST_WORDS,
  ...DEADLINES,
  ...AS_PID_1,
].map(bySignal)

/**
 * Whether an ending can be played on a runtime.
 *
 * @param {Ending} ending
 * @param {{ name: string }} runtime
 */
export const isDefinedOn = ({ isDefined, runtimes = [''] }, runtime) =>
  isDefined && runtimes.some((name) => runtime.name.startsWith(name))

/**
 * Why the records of an ending are lost on a runtime.
 *
 * @param {Ending} ending
 * @param {{ name: string }} runtime
 * @returns {string | undefined}
 */
export const lossOn = ({ lost = {} }, runtime) =>
  Object.entries(lost).find(([name]) => runtime.name.startsWith(name))?.[1]
