// A signal without a listener ends the process.

import { delay } from '@sim/local-cloudwatch/faults'
import { send, sendAtRandom, sendBoth, sendDuringFlush, sendTwice } from '../drives.mjs'
import { HANG_FOR_A_MINUTE } from '../faults.mjs'

/** The signals that the package handles while they have no listener. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/** Records that the program makes before it writes their number. The signal may arrive in between. */
const BURST = 20

/** Those for which runtimes have handlers of their own, and one that they leave to its default action. */
export const SOME_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP']

const ONCE = SIGNALS.flatMap((signal) => [
  { name: signal, args: ['signal'], signal, drive: send(signal) },
  {
    name: `${signal} while recording`,
    args: ['signal while recording'],
    signal,
    drive: sendAtRandom(signal),
    untold: BURST,
    isRacy: SOME_SIGNALS.includes(signal),
  },
  {
    name: `${signal} to itself, as the last statement`,
    program: 'ending-busy.mjs',
    args: ['sends itself a signal', signal],
    signal,
    isDefined: process.platform !== 'win32',
  },
])

const DURING_A_FLUSH = ['SIGTERM', 'SIGINT'].flatMap((signal) =>
  [
    { name: `${signal} while a natural end flushes`, args: ['natural'] },
    { name: `${signal} while process.exit flushes`, args: ['exit', '3'] },
    { name: `${signal} while an uncaught error flushes`, args: ['throw'], isLoud: true },
  ].map(({ isLoud, ...ending }) => ({
    ...ending,
    signal,
    drive: sendDuringFlush(signal),
    fault: delay(300),
    isOwn: true,
    // What was thrown has been written by then.
    ...(isLoud && { comparable: () => '' }),
  }))
)

/** Two signals within half a second are one request. */
const DOUBLED = [
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGINT'],
  ['SIGHUP', 'SIGTERM'],
].map(([signal, second]) => ({
  name: `${signal}, and ${second} at once`,
  args: ['signal'],
  signal,
  drive: sendBoth(signal, second),
  fault: delay(300),
  mostRequests: 1,
  isRacy: true,
}))

/** The second one, after half a second, ends the process at once. */
const IMPATIENT = [
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGHUP', 'SIGTERM'],
].map(([signal, second]) => ({
  ...HANG_FOR_A_MINUTE,
  name: `${signal}, and ${second} after 600 ms, CloudWatch hangs`,
  args: ['signal'],
  signal,
  drive: sendTwice(signal, second),
}))

const SWITCHED_OFF = [
  {
    name: 'SIGTERM, HKM_SIGNALS=false',
    args: ['signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
    isLost: true,
    mostRequests: 0,
  },
  {
    name: 'only workers record, SIGTERM, HKM_SIGNALS=false',
    program: 'ending-workers.mjs',
    args: ['signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
    isLost: true,
    mostRequests: 0,
  },
  {
    name: 'SIGTERM, fast listener, HKM_SIGNALS=false',
    args: ['signal', 'fast', 'after'],
    code: 7,
    drive: send('SIGTERM'),
  },
  { name: 'process.exit(3), HKM_SIGNALS=false', args: ['exit', '3'], code: 3 },
].map((ending) => ({ ...ending, env: { HKM_SIGNALS: 'false' } }))

/** @type {import('../endings.mjs').Ending[]} */
export const BY_SIGNAL = [...ONCE, ...DURING_A_FLUSH, ...DOUBLED, ...IMPATIENT, ...SWITCHED_OFF]
