// A signal without a listener arrives while the main thread runs JavaScript or waits, so that its event loop is blocked.

import { library } from '../../addons/libraries.mjs'
import { sendWhenBusy, sendWhenWritten } from '../drives.mjs'
import { SOME_SIGNALS } from './signals.mjs'

/** Each distinct pair of labels is a series, and none may be folded into another or dropped. */
const MANY_SERIES = { HKM_MAX_SERIES: '1000000', HKM_MAX_BUFFERED_DATUMS: '1000000' }

/** The flush needs the lock too, so the native handler lets the thread go before the flush is done. */
const WITH_A_LOCK = [
  { name: 'SIGTERM while main has a lock of malloc', addon: 'lock' },
  { name: 'SIGTERM while main has a lock of malloc, and then calls exit()', addon: 'lock-exit' },
  {
    name: 'SIGTERM while main has a lock of malloc, and then records',
    way: 'has a lock, and then records',
    addon: 'lock-return',
    untold: 20,
  },
].map(({ addon, way = 'has a lock', ...rest }) => ({
  ...rest,
  program: 'ending-busy.mjs',
  async prepare() {
    const lock = await library(addon)
    return { args: [way, lock], env: { LD_PRELOAD: lock } }
  },
  signal: 'SIGTERM',
  drive: sendWhenWritten('SIGTERM', 'locked\n'),
  isDefined: process.platform === 'linux',
}))

/** @type {import('../endings.mjs').Ending[]} */
export const BUSY = SOME_SIGNALS.flatMap((signal) =>
  [
    { way: 'records with known labels', untold: 20, isRacy: true },
    { way: 'records with new labels', untold: 1, isRacy: true, env: MANY_SERIES },
    { way: 'loops' },
    { way: 'waits for a child process' },
    { way: 'waits in Atomics.wait' },
  ].map(({ way, ...rest }) => ({
    ...rest,
    name: `${signal} while main ${way}`,
    program: 'ending-busy.mjs',
    args: [way],
    signal,
    drive: sendWhenBusy(signal),
  }))
).concat(WITH_A_LOCK)
