// CloudWatch never answers. The end waits until the deadline, and no longer.

import { send } from '../drives.mjs'
import { HANG } from '../faults.mjs'

const WORKERS = { program: 'ending-workers.mjs' }

/** @type {import('../endings.mjs').Ending[]} */
export const WITHOUT_CLOUDWATCH = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'unhandled rejection', args: ['rejection'], code: 1 },
  { name: 'record in beforeExit', args: ['record in beforeExit', 'on'] },
  {
    name: 'flush in beforeExit',
    args: ['flush in beforeExit'],
    mostRequests: 2,
  },
  // Records of a later listener are reported on a second line, after the logger was called for the last time.
  { name: 'record in exit', args: ['record in exit', 'on'], code: 3, lossReports: 2 },
  { name: 'process.reallyExit(4)', args: ['reallyExit'], code: 4 },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
  { name: 'SIGINT', args: ['signal'], signal: 'SIGINT', drive: send('SIGINT') },
  { name: 'SIGHUP', args: ['signal'], signal: 'SIGHUP', drive: send('SIGHUP') },
  {
    name: 'SIGTERM, slow listener',
    args: ['signal', 'slow', 'after'],
    code: 7,
    drive: send('SIGTERM'),
  },
  { ...WORKERS, name: 'workers end by themselves', args: ['natural'] },
  {
    ...WORKERS,
    name: 'only workers record, SIGTERM',
    args: ['signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
  },
].map((ending) => ({ ...HANG, ...ending, name: `${ending.name}, CloudWatch hangs` }))
