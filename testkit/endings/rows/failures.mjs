// CloudWatch refuses or fails until the end of the process. One line gives the number of lost records and the reason.

import { fileURLToPath } from 'node:url'
import { accessDenied, status } from '@sim/local-cloudwatch/faults'
import { unshare } from '../../namespaces/isolation.mjs'
import { withoutMeasurements } from '../crash-reports.mjs'
import { send } from '../drives.mjs'
import { BRIEFLY } from '../faults.mjs'

/** In two seconds, a flush makes at most three attempts if the outcome is unknown. */
const BY_DEFAULT = { HKM_SHUTDOWN_TIMEOUT_MS: '2000' }

const SILENT_DNS = fileURLToPath(new URL('../silent_dns.py', import.meta.url))

const FAULTS = [
  { name: 'access is denied', fault: accessDenied(), env: BRIEFLY },
  {
    name: 'no name server answers',
    env: { ...BRIEFLY, AWS_ENDPOINT_URL: 'http://cloudwatch.test' },
    wrapper: [...unshare('--net', '--mount'), 'python3', SILENT_DNS],
    isWrapped: true,
    needsRights: true,
    isDefined: process.platform === 'linux',
  },
  { name: 'CloudWatch answers 500', fault: status(500), env: BY_DEFAULT, mostRequests: 3 },
]

const ENDS = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
  { name: 'process.reallyExit(4)', args: ['reallyExit'], code: 4, isAtExit: true },
  {
    name: 'only workers record, SIGTERM',
    program: 'ending-workers.mjs',
    args: ['signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
  },
  {
    name: 'SIGABRT',
    program: 'ending-crash.mjs',
    args: ['signal', 'main'],
    signal: 'SIGABRT',
    drive: send('SIGABRT'),
    comparable: withoutMeasurements,
  },
]

/** @type {import('../endings.mjs').Ending[]} */
export const FAILURES = FAULTS.flatMap((fault) =>
  ENDS.map((ending) => ({
    ...ending,
    ...fault,
    name: `${ending.name}, ${fault.name}`,
    isLost: true,
    lossReports: 1,
  }))
)
