// CloudWatch never answers. The end waits until the deadline, and no longer.

import { IS_WINDOWS } from '../../platform.mjs'
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
  // Records of a later listener are reported on a second line, after the logger was called for the last time. On Windows each of
  // the three is sent by itself.
  {
    name: 'record in exit',
    args: ['record in exit', 'on'],
    code: 3,
    lossReports: IS_WINDOWS ? 4 : 2,
  },
  { name: 'process.reallyExit(4)', args: ['reallyExit'], code: 4, isAtExit: true },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
  { name: 'SIGINT', args: ['signal'], signal: 'SIGINT', drive: send('SIGINT') },
  { name: 'SIGHUP', args: ['signal'], signal: 'SIGHUP', drive: send('SIGHUP') },
  {
    name: 'SIGTERM, slow listener',
    args: ['signal', 'slow', 'after'],
    code: 7,
    drive: send('SIGTERM'),
  },
  { ...WORKERS, name: 'workers end by themselves', args: ['natural'], isAtExit: true },
  {
    ...WORKERS,
    name: 'only workers record, SIGTERM',
    args: ['signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
  },
].map((ending) => ({ ...HANG, ...ending, name: `${ending.name}, CloudWatch hangs` }))
