// Worker threads record, and end in some way, or still run when the process ends.

import { delay } from '@sim/local-cloudwatch/faults'
import { IS_WINDOWS } from '../../platform.mjs'

const PROGRAM = { program: 'ending-workers.mjs' }

/** Node ends them first. */
const LOST_ON_WINDOWS = IS_WINDOWS ? { Bun: 'Bun does not end the workers' } : {}

const WAYS = [
  ['end by themselves', 'natural', {}],
  ['call process.exit', 'exit', {}],
  ['call process.exit in the tick of the first record', 'exit at once', { isRacy: true }],
  ['record in exit', 'record in exit', {}],
  ['throw', 'throw', {}],
  ['are terminated', 'terminate', {}],
  ['are terminated while recording', 'terminate while recording', { untold: 1, isRacy: true }],
  ['live on as main calls process.exit(5)', 'exit of main', { code: 5 }, LOST_ON_WINDOWS],
  [
    'record as main calls process.exit(5)',
    'exit of main while recording',
    { code: 5, untold: Number.POSITIVE_INFINITY, isRacy: true },
    LOST_ON_WINDOWS,
  ],
].flatMap(([what, how, rest, lost]) => [
  { ...PROGRAM, name: `only workers record, and ${what}`, args: [how], ...rest, lost },
  { ...PROGRAM, name: `workers and main record, workers ${what}`, args: [how, 'main'], ...rest },
])

/** @type {import('../endings.mjs').Ending[]} */
export const WORKERS = [
  ...WAYS,
  {
    ...PROGRAM,
    name: 'workers and main record, a worker throws, nobody listens',
    args: ['throw unheard', 'main'],
    code: 1,
    isRacy: true,
  },
  {
    name: '300 workers are terminated one after the other while they flush',
    program: 'ending-waves.mjs',
    args: ['300'],
    fault: delay(15),
    // The runtime alone takes seconds for so many workers.
    isOwn: true,
    hungAfterMs: 100_000,
  },
]
