// Other packages handle the end of the process too: signal-exit, which removes its listeners and sends the signal again in
// the same tick, and execa, which uses signal-exit to end its child processes.

import { send } from '../drives.mjs'
import { SOME_SIGNALS } from './signals.mjs'

const PROGRAM = { program: 'ending-neighbours.mjs' }

const ORDERS = SOME_SIGNALS.flatMap((signal) =>
  ['signal-exit 3', 'signal-exit 4', 'signal-exit 3 and 4'].flatMap((which) =>
    ['before', 'after'].map((order) => ({
      ...PROGRAM,
      name: `${signal}, ${which} added ${order} the first record`,
      args: [which, order, 'main'],
      signal,
      drive: send(signal),
    }))
  )
)

const EXECA = ['SIGTERM', 'SIGINT'].map((signal) => ({
  ...PROGRAM,
  name: `${signal}, execa runs a child process`,
  args: ['execa', 'after', 'main'],
  signal,
  drive: send(signal),
}))

const COPIES = ['signal-exit 3', 'signal-exit 4'].map((which) => ({
  ...PROGRAM,
  name: `SIGTERM, two copies of the package, ${which}`,
  args: [which, 'after', 'copies'],
  signal: 'SIGTERM',
  drive: send('SIGTERM'),
}))

const ONLY_WORKERS = ['signal-exit 3', 'signal-exit 4'].map((which) => ({
  ...PROGRAM,
  name: `only a worker records, SIGTERM, ${which}`,
  args: [which, 'after', 'worker'],
  signal: 'SIGTERM',
  drive: send('SIGTERM'),
  lost: { '': 'no code of the package runs in main between the listener and the signal' },
}))

/** @type {import('../endings.mjs').Ending[]} */
export const NEIGHBOURS = [...ORDERS, ...EXECA, ...COPIES, ...ONLY_WORKERS]
