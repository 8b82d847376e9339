// The end of a process is delayed once: by eight workers whose records cannot be delivered, or by a file of credentials or
// certificates that does not end.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { IS_WINDOWS } from '../../platform.mjs'
import { send } from '../drives.mjs'
import { BRIEFLY, HANG } from '../faults.mjs'

/** Eight such delays would be longer than a child may run. */
const AN_EIGHTH = { HKM_SHUTDOWN_TIMEOUT_MS: '3000' }

const EIGHT_WORKERS = [
  { name: 'process.exit(5)', how: 'exit of main', code: 5, isAtExit: true },
  { name: 'they end by themselves', how: 'natural', isAtExit: true },
  { name: 'they are terminated', how: 'terminate', isAtExit: true },
  { name: 'SIGTERM', how: 'signal', signal: 'SIGTERM', drive: send('SIGTERM') },
].map(({ how, ...ending }) => ({
  ...HANG,
  ...ending,
  name: `eight workers record, ${ending.name}, CloudWatch hangs`,
  program: 'ending-workers.mjs',
  args: [how, '', '', '8'],
  env: AN_EIGHTH,
}))

/** An address without a server. No request is made before the file was read. */
const NOWHERE = 'http://127.0.0.1:9'

const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

/** By the variable that names a file, the other variables without which the file would not be read. */
const FILES = {
  AWS_WEB_IDENTITY_TOKEN_FILE: {
    ...NO_KEYS,
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/local',
    AWS_ENDPOINT_URL_STS: NOWHERE,
  },
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {
    ...NO_KEYS,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: NOWHERE,
  },
  AWS_CA_BUNDLE: {},
}

/** After the time limit of the file, the certificates of the system are used, and a warning says so. */
const WITHOUT_BUNDLE = { isLost: false, lossReports: 0 }

const ENDS = [
  // This takes as long as a flush may.
  { name: 'awaited flush', args: ['awaited flush'], mayWarn: true, isLong: true },
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
]

const FIFOS = Object.entries(FILES).flatMap(([variable, env]) =>
  ENDS.map((ending) => ({
    ...ending,
    name: `${ending.name}, ${variable} is a FIFO without a writer`,
    env: { ...BRIEFLY, ...env },
    prepare(folder) {
      const file = join(folder, 'fifo')
      execFileSync('mkfifo', [file])
      return { env: { [variable]: file } }
    },
    isLost: true,
    lossReports: 1,
    isDefined: !IS_WINDOWS,
    ...(variable === 'AWS_CA_BUNDLE' && ending.isLong ? WITHOUT_BUNDLE : {}),
  }))
)

/** @type {import('../endings.mjs').Ending[]} */
export const DEADLINES = [...EIGHT_WORKERS, ...FIFOS]
