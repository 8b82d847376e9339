// Plays a row of `rows/`: starts its server, and lets the package and Node's own client reach it with the same variables.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { certificateFile, serverTls } from '../certificates/certificates.mjs'
import { CREDENTIALS, environment, start } from '../harness.mjs'
import { unshare } from '../namespaces/isolation.mjs'
import { startPeer } from '../peers/peer.mjs'

/**
 * Records, and sends the stats once the record was applied or the attempt failed and was told of. The end of a flush is told
 * behind the warnings that came before it, so that none of them is still on its way when the process is killed.
 */
const STATEMENTS = `
  const warn = console.warn
  let isTold = false
  console.warn = (line) => {
    isTold ||= line.includes('not delivered')
    warn(line)
  }
  m.recordUsed({ provider: 'p' })
  let isApplied = false
  const deliver = async () => {
    while (hkm.hostedKeyMetricsStats().applied === 0) await hkm.flushHostedKeyMetrics()
    isApplied = true
  }
  deliver()
  const isFailed = () => isTold && hkm.hostedKeyMetricsStats().lastError !== undefined
  while (!isApplied && !isFailed()) await new Promise((resolve) => setTimeout(resolve, 10))
  process.send({ stats: hkm.hostedKeyMetricsStats() }, () => process.kill(process.pid, 'SIGKILL'))
  await new Promise(() => {})`

/** Where the systems keep their certificates. */
const SYSTEM_FOLDERS = ['/etc/ssl', '/etc/pki']

const MOUNT = `
  set -e
  for folder in ${SYSTEM_FOLDERS.join(' ')}; do
    if [ -d "$folder" ]; then mount --bind "$1" "$folder"; fi
  done
  shift
  exec "$@"`

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string[]} [shown] certificates that the server sends, its own first; default: `server.pem`
 * @property {object} [options] other TLS options of the server
 * @property {(socket: import('node:net').Socket) => void} [meet] what a server below TLS does with a socket
 * @property {string} [host] default: `127.0.0.1`
 * @property {Record<string, string>} [env] variables; a value that begins with `./` is in the folder of the row. Default:
 *   `NODE_EXTRA_CA_CERTS` names `ca.pem`
 * @property {Record<string, string | Buffer>} [files] contents, by their path in the folder of the row
 * @property {(folder: string) => void} [prepare] does what else the folder needs
 * @property {string} [system] a folder of the row that stands for `/etc/ssl` (Linux)
 * @property {string[]} [nodeArgs] of Node's own client
 * @property {boolean} arrives whether the package delivers
 * @property {RegExp} [message] in `lastError`
 * @property {RegExp} [warning] on stderr, beside that about delivery
 * @property {{ verdict: 'better' | 'differs', node: boolean | Record<string, boolean>, why: string }} [beside] whether
 *   Node's own client gets an answer where that is not the same, by version if that matters
 */

/** Whether this machine can play a row. */
export const isPlayable = ({ system, isPosix }) =>
  process.platform === 'linux' || (system === undefined && !isPosix)

/** Prepares the folder and the server of a row. */
export async function stage(row, folder) {
  mkdirSync(folder, { recursive: true })
  for (const [name, contents] of Object.entries(row.files ?? {})) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  row.prepare?.(folder)
  const { shown = ['server.pem'], key, options, meet, host = '127.0.0.1' } = row
  const server = meet
    ? await startPeer(meet)
    : await startLocalCloudWatch({ tls: { ...serverTls(...shown), ...key, ...options } })
  const port = server.port ?? new URL(server.endpoint).port
  const variables = row.env ?? { NODE_EXTRA_CA_CERTS: certificateFile('ca.pem') }
  const inFolder = (value) => value.replaceAll(/(^|:)\.\//g, (_, before) => `${before}${folder}/`)
  const entries = Object.entries(variables).map(([name, value]) => [name, inFolder(value)])
  const endpoint = `https://${host}:${port}`
  const env = environment(endpoint, { ...CREDENTIALS, ...Object.fromEntries(entries) })
  const system = row.system === undefined ? undefined : join(folder, row.system)
  return { endpoint, env, system, close: () => server.close() }
}

/** How a program is started: in a mount namespace if the system has other certificates there. */
function runtimeOf(system, command, args = []) {
  if (system === undefined) return { runtime: command, runtimeArgs: args }
  const [runtime, ...rest] = unshare('--mount')
  return { runtime, runtimeArgs: [...rest, 'sh', '-c', MOUNT, 'sh', system, command, ...args] }
}

/** What becomes of a record: `{ arrived, problem, stderr }`. */
export async function playPackage({ env, system }) {
  const command = process.env.HKM_TEST_RUNTIME ?? process.execPath
  const started = start('expression.mjs', {
    env,
    args: [STATEMENTS],
    ...runtimeOf(system, command),
  })
  const { stats } = await started.message()
  const { stderr } = await started.ended
  return { arrived: stats.applied > 0, problem: stats.lastError?.message, stats, stderr }
}

/** What becomes of a request of Node's own client. */
export async function playClient({ endpoint, env, system }, command, nodeArgs) {
  const started = start('tls-client.mjs', {
    env,
    args: [endpoint],
    ...runtimeOf(system, command, nodeArgs),
  })
  const told = await started.message()
  await started.ended
  return told
}

/** What is wrong with the play of the package. */
export function problemsOf({ arrives, message, warning }, { arrived, problem, stats, stderr }) {
  const problems = []
  if (arrived !== arrives) problems.push(arrived ? 'it arrived' : `it did not arrive: ${problem}`)
  if (!arrived && message && !message.test(problem)) problems.push(`the message is ${problem}`)
  // Nothing was sent, so that it cannot count twice.
  if (!arrived && stats.lastError.code !== 'ConnectError') problems.push(stats.lastError.code)
  // Node itself warns of some variables.
  const isOther = (line) => line.includes('[hkm-native]') && !line.includes('Metrics ')
  const others = stderr.split('\n').filter(isOther)
  const isWarned = warning ? others.length === 1 && warning.test(others[0]) : others.length === 0
  if (!isWarned) problems.push(`it warned: ${others.join(' / ') || 'nothing'}`)
  return problems
}
