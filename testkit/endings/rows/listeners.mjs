// The program listens to the signal, so its listener decides what the process does, or has removed such a listener.

import { delay } from '@sim/local-cloudwatch/faults'
import { send, sendAtRandom, sendLongAfter } from '../drives.mjs'
import { SIGNALS } from './signals.mjs'

const STAYING = ['SIGTERM', 'SIGINT'].flatMap((signal) => [
  ...[
    ['fast', 'before', 7],
    ['fast', 'after', 7],
    ['slow', 'before', 7],
    ['slow', 'after', 7],
    ['recording', 'after', 7],
    ['flushing', 'after', 7],
    ['next', 'before', 143],
  ].map(([listener, order, code]) => ({
    name: `${signal}, ${listener} listener added ${order} the first record`,
    args: ['signal', listener, order],
    code,
    drive: send(signal),
    isRacy:
      signal === 'SIGTERM' && ((listener === 'fast' && order === 'after') || listener === 'next'),
  })),
  {
    name: `${signal}, next listener, flush in the air`,
    args: ['signal', 'next', 'before'],
    code: 143,
    drive: send(signal),
    fault: delay(100),
  },
  {
    name: `${signal} while recording, fast listener`,
    args: ['signal while recording', 'fast'],
    code: 7,
    drive: sendAtRandom(signal),
    isRacy: signal === 'SIGTERM',
  },
  {
    name: `${signal} while recording, next listener`,
    args: ['signal while recording', 'next'],
    code: 143,
    drive: sendAtRandom(signal),
    isRacy: signal === 'SIGTERM',
  },
])

const OF_OTHER_SIGNALS = ['SIGHUP', 'SIGQUIT', 'SIGUSR2'].flatMap((signal) =>
  ['before', 'after'].map((order) => ({
    name: `${signal}, fast listener added ${order} the first record`,
    args: ['signal', 'fast', order],
    code: 7,
    drive: send(signal),
  }))
)

/** Once the last listener is removed, the signal ends the process. */
const GOING = SIGNALS.flatMap((signal) => {
  const ending = { signal, drive: send(signal) }
  return [
    {
      ...ending,
      name: `${signal}, a listener was removed long before`,
      args: ['signal', 'gone', 'after'],
      drive: sendLongAfter(signal),
    },
    ...['before', 'after'].flatMap((order) => [
      {
        ...ending,
        name: `${signal}, a listener added ${order} the first record removes itself and sends it again`,
        args: ['signal', 'self-removing', order],
      },
      {
        ...ending,
        name: `${signal}, a once listener added ${order} the first record sends it again`,
        args: ['signal', 'resending', order],
      },
    ]),
  ]
})

/** @type {import('../endings.mjs').Ending[]} */
export const LISTENERS = [...STAYING, ...OF_OTHER_SIGNALS, ...GOING]
