// A signal without a listener arrives while the main thread runs JavaScript or waits, so that its event loop is blocked.

import { library } from '../../addons/libraries.mjs'
import { withoutMeasurements } from '../crash-reports.mjs'
import { sendWhenBusy, sendWhenWritten } from '../drives.mjs'
import { SOME_SIGNALS } from './signals.mjs'

/** Each distinct pair of labels is a series, and none may be folded into another or dropped. */
const MANY_SERIES = { HKM_MAX_SERIES: '1000000', HKM_MAX_BUFFERED_DATUMS: '1000000' }

/** Only Linux tells SIGABRT that another process sends, as a watchdog does, from a crash. */
const LINUX = { comparable: withoutMeasurements, isDefined: process.platform === 'linux' }

const SENT = [...SOME_SIGNALS, 'SIGABRT'].map((signal) => ({
  signal,
  ...(signal === 'SIGABRT' && LINUX),
}))

const LOCKED = { program: 'ending-busy.mjs', ...LINUX }

/** The flush needs the lock too, so the native handler lets the thread go before the flush is done. */
const WITH_A_LOCK = ['SIGTERM', 'SIGABRT'].flatMap((signal) =>
  [
    { next: '', addon: 'lock' },
    { next: ', and then calls exit()', addon: 'lock-exit' },
    {
      next: ', and then records',
      way: 'has a lock, and then records',
      addon: 'lock-return',
      untold: 20,
    },
  ].map(({ next, addon, way = 'has a lock', ...rest }) => ({
    ...LOCKED,
    ...rest,
    name: `${signal} while main has a lock of malloc${next}`,
    async prepare() {
      const lock = await library(addon)
      return { args: [way, lock], env: { LD_PRELOAD: lock } }
    },
    signal,
    drive: sendWhenWritten(signal, 'locked\n'),
  }))
)

/** The other handler is called once. */
const WITH_A_LOCK_AND_A_HANDLER = [
  { when: 'from before', place: (lock, other) => ({ env: { LD_PRELOAD: `${lock}:${other}` } }) },
  {
    when: 'added after the first record',
    place: (lock, other) => ({ args: [other], env: { LD_PRELOAD: lock } }),
  },
].map(({ when, place }) => ({
  ...LOCKED,
  name: `SIGABRT while main has a lock of malloc, with a crash handler ${when}`,
  async prepare() {
    const [lock, other] = await Promise.all(['lock', 'crash-handler'].map(library))
    const { args = [], env } = place(lock, other)
    return { args: ['has a lock', lock, ...args], env }
  },
  signal: 'SIGABRT',
  drive: sendWhenWritten('SIGABRT', 'locked\n'),
}))

/** @type {import('../endings.mjs').Ending[]} */
export const BUSY = SENT.flatMap(({ signal, ...sent }) =>
  [
    { way: 'records with known labels', untold: 20, isRacy: true },
    { way: 'records with new labels', untold: 1, isRacy: true, env: MANY_SERIES },
    { way: 'loops' },
    { way: 'waits for a child process' },
    { way: 'waits in Atomics.wait' },
  ].map(({ way, ...rest }) => ({
    ...sent,
    ...rest,
    name: `${signal} while main ${way}`,
    program: 'ending-busy.mjs',
    args: [way],
    signal,
    drive: sendWhenBusy(signal),
  }))
).concat(WITH_A_LOCK, WITH_A_LOCK_AND_A_HANDLER)
