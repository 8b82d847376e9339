// The ways in which a process gets several copies of the package, and in which it then ends. The player of the endings
// plays them: what was recorded through any copy arrives once, and the process ends as with metrics off.

import { hang } from '@sim/local-cloudwatch/faults'
import { AT_THE_END } from '../endings/faults.mjs'
import { IS_WINDOWS } from '../platform.mjs'

/** Milliseconds after which a request that is not answered is certainly sent again: its timeout and the first backoff. */
const UNTIL_SENT_AGAIN_MS = 6_000

/**
 * @typedef {object} Arrangement
 * @property {string} name
 * @property {string} how its name in `programs/copies.mjs`
 * @property {number} waits how often the end would be delayed if each copy did so on its own
 * @property {number} [engines] that send, each for itself
 * @property {number} [flushes] that begin at a natural end: one for each engine, or for each worker
 * @property {boolean} [isFlushed] the program waits for a flush, whose delay is not the end's
 */

/** @type {Arrangement[]} */
export const ARRANGEMENTS = [
  { name: 'one copy', how: 'one', waits: 1 },
  { name: 'evaluated twice', how: 'two', waits: 2 },
  { name: 'evaluated three times, require.cache emptied', how: 'three, empty cache', waits: 3 },
  { name: 'evaluated twenty times', how: 'twenty', waits: 20 },
  { name: 'import and require', how: 'import and require', waits: 2 },
  { name: 'a bundle, then node_modules', how: 'bundle first', waits: 2 },
  { name: 'node_modules, then a bundle', how: 'bundle last', waits: 2 },
  { name: 'two compatible versions', how: 'compatible', waits: 2 },
  { name: 'two incompatible versions', how: 'incompatible', waits: 2, engines: 2 },
  { name: 'two incompatible versions, one binary', how: 'same binary', waits: 2 },
  { name: 'without a binary, then with one', how: 'no binary first', waits: 2 },
  { name: 'with a binary, then without one', how: 'no binary last', waits: 2 },
  { name: 'twenty vm contexts', how: 'contexts', waits: 20 },
  { name: 'four files of a test runner', how: 'files', waits: 4, isFlushed: true },
  { name: 'two workers, two copies each', how: 'workers', waits: 4, flushes: 2 },
  { name: 'main and two workers, two copies each', how: 'workers and main', waits: 2 },
]

/** `isBlocking`: all copies start to send, and then wait one after the other until one deadline. */
const ENDINGS = [
  { name: 'natural', how: 'natural' },
  { name: 'process.exit(3)', how: 'exit', code: 3, isBlocking: true },
  { name: 'throw', how: 'throw', code: 1, isBlocking: true },
  {
    name: 'SIGTERM',
    how: 'signal',
    signal: 'SIGTERM',
    async drive({ message, kill }) {
      await message()
      kill('SIGTERM')
    },
    isDefined: !IS_WINDOWS,
  },
]

/**
 * The endings of an arrangement, with a CloudWatch that answers and with one that hangs.
 *
 * @param {Arrangement} arrangement
 * @param {import('./installations.mjs').Installations} installations
 * @returns {import('../endings/endings.mjs').Ending[]}
 */
export function endingsOf(
  { name, how, waits, engines = 1, flushes = engines, isFlushed },
  installations
) {
  const shutdownTimeoutMs = UNTIL_SENT_AGAIN_MS / Math.max(waits, 2)
  return ENDINGS.filter(({ isDefined = true }) => isDefined).flatMap((ending) => {
    const { isBlocking, ...expected } = ending
    const answered = {
      ...expected,
      name: `${name}, ${ending.name}`,
      program: 'copies.mjs',
      args: [JSON.stringify(installations), how, ending.how],
      env: AT_THE_END,
    }
    if (isFlushed) return [answered]
    const hanging = {
      ...answered,
      name: `${answered.name}, CloudWatch hangs`,
      fault: hang(),
      env: { ...AT_THE_END, HKM_SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs) },
      isLost: true,
      lossReports: engines,
      mostRequests: isBlocking ? engines : flushes,
    }
    return [answered, hanging]
  })
}
