// A process ends by itself, by `process.exit`, or by an error.

import { delay } from '@sim/local-cloudwatch/faults'

/** @type {import('../endings.mjs').Ending[]} */
export const BY_ITSELF = [
  { name: 'natural', args: ['natural'] },
  { name: 'natural, process.exitCode = 5', args: ['exitCode'], code: 5 },
  { name: 'process.exit(0)', args: ['exit', '0'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3, isRacy: true },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'throw in a timer', args: ['throw later'], code: 1 },
  { name: 'unhandled rejection', args: ['rejection'], code: 1 },
  { name: 'process.exit(9) in uncaughtException', args: ['caught exit'], code: 9 },
  { name: 'record in beforeExit', args: ['record in beforeExit', 'on'] },
  {
    name: 'record in beforeExit, first in line',
    args: ['record in beforeExit', 'prependListener'],
  },
  { name: 'flush in beforeExit', args: ['flush in beforeExit'] },
  { name: 'record in exit', args: ['record in exit', 'on'], code: 3 },
  { name: 'record in exit, first in line', args: ['record in exit', 'prependListener'], code: 3 },
  { name: 'first record in beforeExit', args: ['first record in beforeExit'] },
  { name: 'first record in exit', args: ['first record in exit'], code: 3 },
  { name: 'natural, flush not awaited', args: ['pending flush', 'natural'] },
  {
    name: 'process.exit(3), flush not awaited',
    args: ['pending flush', 'exit', '3'],
    code: 3,
    isRacy: true,
  },
  {
    name: 'process.exit(3), flush in the air',
    args: ['flush in the air'],
    code: 3,
    fault: delay(100),
    isRacy: true,
  },
]
