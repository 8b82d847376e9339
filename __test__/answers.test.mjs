// The forms that an answer may have, and what is no answer at all.

import assert from 'node:assert/strict'
import { createSecureServer } from 'node:http2'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { first, throttle } from '@sim/local-cloudwatch/faults'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { afterRequest, startPeer } from '../testkit/peers/peer.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
/** Two requests, one after the other. */
const TWICE = `${RECORD} await hkm.flushHostedKeyMetrics(); ${RECORD}`

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const record = (statements, endpoint = cloudwatch.endpoint) =>
  evaluate(statements, environment(endpoint, CREDENTIALS))

/** A fault that applies a request, and sends the answer in a way of its own. */
const sentAs = (send) => ({ meet: (_exchange, proceed) => ({ ...proceed(), send }) })

function inChunks({ status, headers, body }, outgoing) {
  outgoing.writeHead(status, { ...headers, 'transfer-encoding': 'chunked' })
  for (const byte of body) outgoing.write(Buffer.of(byte))
  outgoing.end()
}

const written = ({ headers }) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

describe('an answer is understood', () => {
  for (const [form, send, connections] of [
    ['in chunks', inChunks, 1],
    [
      'after 100, 102 and 103',
      (answer, outgoing) => {
        outgoing.writeContinue()
        outgoing.writeProcessing()
        outgoing.writeEarlyHints({ link: '</style.css>; rel=preload' })
        outgoing.writeHead(answer.status, answer.headers).end()
      },
      1,
    ],
    [
      'of HTTP/1.0, which ends the connection',
      (answer, { socket }) =>
        socket.end(`HTTP/1.0 200 OK\r\n${written(answer)}connection: close\r\n\r\n`),
      2,
    ],
    [
      'of HTTP/1.0, without a length or a word on the connection',
      (answer, { socket }) => socket.end(`HTTP/1.0 200 OK\r\n${written(answer)}\r\n`),
      2,
    ],
    [
      'that ends the connection',
      (answer, outgoing) =>
        outgoing.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(),
      2,
    ],
    ['with status 204', (answer, outgoing) => outgoing.writeHead(204, answer.headers).end(), 1],
  ]) {
    test(form, async () => {
      cloudwatch.setFault(sentAs(send))
      const { stats, stderr } = await record(TWICE)
      assert.equal(stats.applied, 2)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.equal(stats.requests, 2)
      assert.equal(stderr, '')
      assert.equal(appliedRecords(cloudwatch).length, 2)
      assert.equal(cloudwatch.connections(), connections)
    })
  }
})

test('an error is read from the chunks that it comes in', async () => {
  const { meet } = throttle({ queryError: false })
  cloudwatch.setFault(
    first(1, { meet: (...exchange) => ({ ...meet(...exchange), send: inChunks }) })
  )
  const { stats } = await record(RECORD)
  assert.equal(stats.throttled, 1)
  assert.equal(stats.possiblyDuplicated, 0)
  assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
})

test('HTTP/1.1 is spoken, also where the server would choose HTTP/2', async () => {
  const seen = []
  const server = createSecureServer(
    { ...serverTls('server.pem'), allowHTTP1: true },
    (incoming, outgoing) => {
      seen.push(incoming.httpVersion)
      incoming.resume()
      outgoing.writeHead(200, { 'smithy-protocol': 'rpc-v2-cbor', connection: 'close' }).end()
    }
  )
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const bundle = { AWS_CA_BUNDLE: certificateFile('ca.pem') }
    const endpoint = `https://127.0.0.1:${server.address().port}`
    const { stats, stderr } = await evaluate(
      RECORD,
      environment(endpoint, { ...CREDENTIALS, ...bundle })
    )
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
    assert.deepEqual(seen, ['1.1'])
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A page of something that is not CloudWatch. */
const page = (status) => ({
  meet: () => ({
    status,
    headers: { 'content-type': 'text/html', server: 'nginx' },
    body: Buffer.from('<html>'),
  }),
})
const FOREIGN =
  'the answer has neither of the headers smithy-protocol and x-amzn-requestid (content-type: text/html, server: nginx)'

describe('a status of what does not speak the protocol is told as that, and its records count once', () => {
  for (const status of [400, 402, 404, 405, 406, 408, 411, 415, 421, 501, 505]) {
    test(String(status), async () => {
      cloudwatch.setFault(first(1, page(status)))
      const { stats, stderr } = await record(RECORD)
      const { code, message } = stats.lastError
      assert.deepEqual({ code, message }, { code: `HTTP ${status}`, message: FOREIGN })
      assert.match(stderr, /they are kept and sent again. What answered is not CloudWatch: check/)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
    })
  }
})

test('a 200 of what is not CloudWatch names the missing headers, and what answered', async () => {
  cloudwatch.setFault(first(1, page(200)))
  const { stats, stderr } = await record(RECORD)
  const { code, message } = stats.lastError
  assert.deepEqual({ code, message }, { code: 'HTTP 200', message: FOREIGN })
  assert.match(stderr, /may count twice. What answered is not CloudWatch: check/)
  assert.equal(stats.possiblyDuplicated, 1)
  assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
})

describe('an answer that ends too early leaves open what became of the records', () => {
  for (const [what, answer] of [
    ['no answer', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nsmithy-pro'],
    ['half a body of an error', 'HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nabc'],
    ['half a body of a page', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'],
    ['what is not HTTP', 'hello\r\n\r\n'],
    [
      'a change of the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    ],
  ]) {
    test(what, async () => {
      const peer = await startPeer(afterRequest((socket) => socket.end(answer)))
      try {
        const { stats, stderr } = await record(
          RECORD + UNTIL_A_FAULT,
          `http://127.0.0.1:${peer.port}`
        )
        assert.equal(stats.applied, 0)
        assert.equal(stats.buffered + stats.inFlight, 1)
        assert.match(stderr, /they are sent again, and may count twice/)
        assert.doesNotMatch(stderr, /credentials/i)
      } finally {
        await peer.close()
      }
    })
  }
})
