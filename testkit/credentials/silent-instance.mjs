// Runs a process on an EC2 instance whose metadata service cannot be used. This file is the program in the namespace, and
// prints how the process ended as JSON.

import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { environment, run } from '../harness.mjs'
import { ADDRESSES, isIsolated, runIsolated } from '../namespaces/isolation.mjs'

/** Milliseconds after which the process is killed: less than its end may be held up. */
const LIFETIME_MS = 20_000
const SHUTDOWN_TIMEOUT_MS = '60000'

/**
 * @param {object} input
 * @param {'silent' | 'absent' | 'no role'} input.service `silent`: takes the connection and never answers, as beyond the hop
 *   limit
 * @param {Record<string, string>} [input.variables]
 * @param {string} input.statements for `programs/expression.mjs`
 */
export const runOnInstance = (input) =>
  runIsolated(new URL(import.meta.url), { input, vendor: 'Amazon EC2' })

async function play({ service, statements, variables }) {
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    if (service === 'no role') {
      socket.on('data', (head) =>
        socket.write(head.toString().startsWith('PUT') ? TOKEN : NOT_FOUND)
      )
    }
  })
  if (service !== 'absent') {
    await new Promise((resolve) => server.listen(80, ADDRESSES.instance, resolve))
  }
  const cloudwatch = await startLocalCloudWatch()
  const env = environment(cloudwatch.endpoint, {
    AWS_EC2_METADATA_DISABLED: undefined,
    HKM_SHUTDOWN_TIMEOUT_MS: SHUTDOWN_TIMEOUT_MS,
    ...variables,
  })
  const end = await run('ending-statements.mjs', {
    env,
    args: [statements],
    longestMs: LIFETIME_MS,
  })
  for (const socket of sockets) socket.destroy()
  server.close()
  await cloudwatch.close()
  return { ...end, requests: cloudwatch.requests.length }
}

const TOKEN =
  'HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: 5\r\n\r\ntoken'
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!isIsolated()) throw new Error('this runs in a namespace alone')
  process.stdout.write(JSON.stringify(await play(JSON.parse(process.argv[2]))))
}
