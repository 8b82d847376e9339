// Answers of the local CloudWatch that do not end.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { endlessBody, endlessHeaders, onOperation } from '@sim/local-cloudwatch/faults'
import { datum, encode, NOW, put } from '../testkit/peers/local-client.mjs'

/** Bytes: more than any answer holds. */
const MUCH = 10_000_000

let cloudwatch

beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch({ now: () => NOW })
})
afterEach(() => cloudwatch.close())

/** Reads from a socket until more has come than any answer holds. */
async function readMuch(endpoint) {
  const { hostname, port } = new URL(endpoint)
  const socket = connect(port, hostname)
  const path = '/service/GraniteServiceVersion20100801/operation/PutMetricData'
  const body = encode(put(datum()))
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\nsmithy-protocol: rpc-v2-cbor\r\n` +
      `content-type: application/cbor\r\ncontent-length: ${body.length}\r\n\r\n`
  )
  socket.write(body)
  let read = 0
  for await (const chunk of socket) {
    read += chunk.length
    if (read > MUCH) break
  }
  // Leaving the loop has destroyed the socket.
  return read
}

for (const [name, fault] of [
  ['bytes of a body', endlessBody],
  ['headers', endlessHeaders],
]) {
  test(`${name} without an end are sent until the client closes`, async () => {
    cloudwatch.setFault(fault({ when: 'after' }))
    assert.ok((await readMuch(cloudwatch.endpoint)) > MUCH)
    await cloudwatch.until(() => cloudwatch.open() === 0)
    assert.equal(cloudwatch.applied().length, 1)
    cloudwatch.setFault(fault())
    await readMuch(cloudwatch.endpoint)
    assert.equal(cloudwatch.applied().length, 1)
  })

  test(`${name} without an end are sent until the server closes`, async () => {
    cloudwatch.setFault(onOperation('*', fault()))
    const { hostname, port } = new URL(cloudwatch.endpoint)
    const socket = connect(port, hostname).on('error', () => {})
    const closed = once(socket, 'close')
    socket.write(`POST / HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 0\r\n\r\n`)
    await once(socket, 'data')
    await cloudwatch.close()
    await closed
  })
}
