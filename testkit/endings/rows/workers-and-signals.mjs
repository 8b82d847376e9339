// A signal ends a process in which workers record. Workers receive no signals, and main may never have recorded.

import { delay } from '@sim/local-cloudwatch/faults'
import { send, sendAtRandom, sendBoth, sendLongAfter, sendTwice } from '../drives.mjs'
import { HANG_FOR_A_MINUTE } from '../faults.mjs'
import { SOME_SIGNALS } from './signals.mjs'

const PROGRAM = { program: 'ending-workers.mjs' }

/** @type {import('../endings.mjs').Ending[]} */
export const WORKERS_AND_SIGNALS = SOME_SIGNALS.flatMap((signal) => {
  const ending = { ...PROGRAM, signal, drive: send(signal) }
  return [
    {
      ...ending,
      name: `only workers record, ${signal}`,
      args: ['signal'],
      isRacy: signal === 'SIGTERM',
    },
    {
      ...ending,
      name: `only workers record, ${signal} while they do`,
      args: ['signal while recording'],
      drive: sendAtRandom(signal),
      untold: Number.POSITIVE_INFINITY,
      isRacy: signal === 'SIGTERM',
    },
    ...['before', 'after'].map((order) => ({
      ...PROGRAM,
      name: `only workers record, ${signal}, fast listener of main added ${order} the first record`,
      args: ['signal', 'fast', order],
      code: 7,
      drive: send(signal),
    })),
    {
      ...ending,
      name: `only workers record, ${signal}, a listener of main was removed long before`,
      args: ['signal', 'gone', 'after'],
      drive: sendLongAfter(signal),
    },
    {
      ...ending,
      name: `only workers record, ${signal} twice at once`,
      args: ['signal'],
      drive: sendBoth(signal, signal),
      fault: delay(300),
      mostRequests: 1,
    },
    {
      ...ending,
      ...HANG_FOR_A_MINUTE,
      name: `only workers record, ${signal} twice, CloudWatch hangs`,
      args: ['signal'],
      drive: sendTwice(signal),
    },
    { ...ending, name: `workers and main record, ${signal}`, args: ['signal', 'main'] },
    {
      ...ending,
      name: `workers and main record, ${signal} while workers do`,
      args: ['signal while recording', 'main'],
      drive: sendAtRandom(signal),
      untold: Number.POSITIVE_INFINITY,
      isRacy: signal === 'SIGTERM',
    },
  ]
})
