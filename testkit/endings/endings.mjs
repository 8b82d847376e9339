// Lists the ways in which a process ends. The suite plays them on the Node that runs it, the matrix of endings on every
// runtime. `play.mjs` says what has to hold.

import { IS_WINDOWS } from '../platform.mjs'
import { AT_EXIT } from './rows/at-exit.mjs'
import { BUSY } from './rows/busy.mjs'
import { BY_ITSELF } from './rows/by-itself.mjs'
import { CRASHES } from './rows/crashes.mjs'
import { DEADLINES } from './rows/deadlines.mjs'
import { FAILURES } from './rows/failures.mjs'
import { FORKS } from './rows/forks.mjs'
import { LISTENERS } from './rows/listeners.mjs'
import { NEIGHBOURS } from './rows/neighbours.mjs'
import { AS_PID_1 } from './rows/pid-1.mjs'
import { ROLLUPS } from './rows/rollups.mjs'
import { BY_SIGNAL } from './rows/signals.mjs'
import { TERMINALS } from './rows/terminals.mjs'
import { TOOLS } from './rows/tools.mjs'
import { WITHOUT_CLOUDWATCH } from './rows/without-cloudwatch.mjs'
import { WORKERS } from './rows/workers.mjs'
import { WORKERS_AND_SIGNALS } from './rows/workers-and-signals.mjs'

/**
 * @typedef {object} Ending
 * @property {string} name
 * @property {string} [program] of `programs/`, where not `ending.mjs`, or a URL
 * @property {string[]} [args] of the program
 * @property {string[]} [runtimeArgs] before the program
 * @property {string[]} [wrapper] the command that runs the runtime
 * @property {boolean} [isWrapped] whether the runtime is a child of the wrapper's process. It gets the signals.
 * @property {boolean} [isGroup] whether it has a process group of its own, which gets the signals
 * @property {boolean} [hasChildren] whether it has child processes, which would outlive it if it were killed alone
 * @property {number} [code] exit code, where not 0
 * @property {string} [signal] that ends it
 * @property {boolean} [isAsBare] whether the expected end is that with metrics off, and not `code` or `signal`
 * @property {boolean} [isOwn] whether the end with metrics off is not comparable
 * @property {(child: Child) => Promise<void>} [drive] what the parent does to end it
 * @property {import('@sim/local-cloudwatch/faults').Fault} [fault] of CloudWatch
 * @property {Record<string, string>} [env]
 * @property {(folder: string, runtime: { name: string }) => Partial<Ending> | Promise<Partial<Ending>>} [prepare] makes
 *   further properties, such as those that depend on a temporary folder
 * @property {number} [hungAfterMs] where `HUNG_AFTER_MS` is too short
 * @property {(text: string) => string} [comparable] removes from stderr what differs from run to run
 * @property {boolean} [repeatsWords] whether lines of stdout may come any number of times
 * @property {boolean} [isRacy] whether it depends on a race, and is worth repeating
 * @property {number} [mostRequests] the most requests that may be made: each flush that waits makes one. The
 *   process then flushes at its end only
 * @property {boolean} [isLost] whether the records cannot be delivered
 * @property {Record<string, string>} [lost] runtimes, as in `runtimes`, on which they are lost, and why
 * @property {number} [lossReports] lines about lost records on stderr. `undefined`: stderr is that with metrics off.
 * @property {boolean} [mayWarn] whether a flush before the end may fail, and warn
 * @property {number} [untold] records that a source may have made after it last wrote their number
 * @property {Record<string, string>} [known] runtimes on which something is wrong, and what
 * @property {string[]} [runtimes] beginnings of the names of those on which it exists; default: all
 * @property {boolean} [isDefined] whether it exists on this platform
 * @property {boolean} [isAtExit] whether records, or the report of their loss, leave the process after JavaScript has ended. No
 *   code can run then on Windows
 * @property {boolean} [needsRights] whether it needs rights that not every machine gives
 *
 * @typedef {import('./child.mjs').Child} Child
 */

/** Excludes endings with signals on Windows, where a signal of another process ends a process at once. */
const withPlatform = (ending) => ({
  isDefined: !(IS_WINDOWS && (ending.drive || ending.isAtExit)),
  ...ending,
})

/** @type {Ending[]} */
export const ENDINGS = [
  ...BY_ITSELF,
  ...AT_EXIT,
  ...BY_SIGNAL,
  ...LISTENERS,
  ...BUSY,
  ...ROLLUPS,
  ...TERMINALS,
  ...TOOLS,
  ...NEIGHBOURS,
  ...WORKERS,
  ...WORKERS_AND_SIGNALS,
  ...CRASHES,
  ...FORKS,
  ...WITHOUT_CLOUDWATCH,
  ...FAILURES,
  ...DEADLINES,
  ...AS_PID_1,
].map(withPlatform)

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
