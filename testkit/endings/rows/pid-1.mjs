// A process is the first of its PID namespace, as in a container. Signals without a handler have no effect on it.

import { unshare } from '../../namespaces/isolation.mjs'
import { send, sendTwice } from '../drives.mjs'
import { HANG_FOR_A_MINUTE } from '../faults.mjs'

/** @type {import('../endings.mjs').Ending[]} */
export const AS_PID_1 = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  // With metrics off the process would not end: a signal that PID 1 sends itself has no effect.
  { name: 'SIGTERM', args: ['signal'], code: 143, drive: send('SIGTERM'), isOwn: true },
  { name: 'SIGINT', args: ['signal'], code: 130, drive: send('SIGINT'), isOwn: true },
  {
    name: 'SIGTERM, next listener',
    args: ['signal', 'next', 'before'],
    code: 143,
    drive: send('SIGTERM'),
  },
  {
    name: 'only workers record, SIGTERM',
    program: 'ending-workers.mjs',
    args: ['signal'],
    code: 143,
    drive: send('SIGTERM'),
    isOwn: true,
  },
  {
    ...HANG_FOR_A_MINUTE,
    name: 'SIGTERM twice, CloudWatch hangs',
    args: ['signal'],
    code: 143,
    drive: sendTwice('SIGTERM'),
  },
].map((ending) => ({
  ...ending,
  name: `${ending.name}, as PID 1`,
  wrapper: unshare('--pid', '--fork', '--mount-proc', '--kill-child'),
  isWrapped: true,
  needsRights: true,
  isDefined: process.platform === 'linux',
}))
