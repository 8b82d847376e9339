// Tunnels through a forward proxy: its password, and what it does in place of a tunnel.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { freePort } from '../testkit/peers/peer.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const PASSWORD = 'p@ss:w%rd'
const UNSUPPORTED = /an authentication other than Basic \(HTTP 407\), which is not supported$/
const SECRET = /p@ss|p%40ss|cEBzcz|w%25rd|w%rd/

let cloudwatch
/** Its endpoint under a name that 127.0.0.1 in NO_PROXY does not cover. */
let endpoint
let proxy
let variables
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch({ tls: serverTls('server.pem') })
  endpoint = cloudwatch.endpoint.replace('127.0.0.1', 'localhost')
  proxy = await startLocalProxy({ target: cloudwatch.endpoint })
  variables = { ...CREDENTIALS, AWS_CA_BUNDLE: certificateFile('ca.pem') }
})
afterEach(async () => {
  await proxy.close()
  await cloudwatch.close()
})

const record = (extra, to = endpoint, statements = RECORD) =>
  evaluate(statements, environment(to, { ...variables, ...extra }))

describe('a proxy that wants a user and a password', () => {
  let url
  beforeEach(async () => {
    await proxy.close()
    proxy = await startLocalProxy({
      target: cloudwatch.endpoint,
      credentials: `user:${PASSWORD}`,
    })
    url = proxy.url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`)
  })

  test('is told those of the URL, decoded', async () => {
    const { stats, stderr } = await record({ HTTPS_PROXY: url })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
    const told = Buffer.from(`user:${PASSWORD}`).toString('base64')
    assert.deepEqual(proxy.tunnels, [
      { authority: new URL(endpoint).host, authorization: `Basic ${told}` },
    ])
  })

  for (const name of ['HTTPS_PROXY', 'all_proxy']) {
    test(`gets nothing without them: the records wait, and the message says to put them into ${name}`, async () => {
      const { stats } = await record({ [name]: proxy.url }, endpoint, RECORD + UNTIL_A_FAULT)
      assertKept(stats)
      const { host } = new URL(proxy.url)
      const advice = `through the proxy ${host}: it wants a user and a password (HTTP 407): set ${name}=http://user:password@${host}`
      assert.ok(stats.lastError.message.endsWith(advice), stats.lastError.message)
    })
  }

  test('over TLS: the message keeps the https of its URL', async () => {
    await proxy.close()
    proxy = await startLocalProxy({
      target: cloudwatch.endpoint,
      tls: serverTls('server.pem'),
      credentials: `user:${PASSWORD}`,
    })
    const { stats } = await record({ HTTPS_PROXY: proxy.url }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    const advice = `set HTTPS_PROXY=${proxy.url.replace('//', '//user:password@')}`
    assert.ok(stats.lastError.message.endsWith(advice), stats.lastError.message)
  })

  for (const [what, offers, message] of [
    ['Negotiate and NTLM', ['Negotiate', 'NTLM'], UNSUPPORTED],
    ['Basic among others', ['Negotiate', 'Digest realm="a", BASIC realm="b"'], /refuses the user/],
    ['nothing', [], /refuses the user/],
  ]) {
    test(`and offers ${what}: the message says whether that is supported`, async () => {
      const lines = offers.map((offer) => `\r\nProxy-Authenticate: ${offer}`).join('')
      proxy.setBehaviour(answer(`HTTP/1.1 407 No${lines}`))
      const { stats } = await record({ HTTPS_PROXY: url }, endpoint, RECORD + UNTIL_A_FAULT)
      assertKept(stats)
      assert.match(stats.lastError.message, message)
    })
  }

  test('refuses wrong ones: the records wait, and the message names the variable', async () => {
    const wrong = url.replace('user:', 'other:')
    const { stats } = await record({ https_proxy: wrong }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(
      stats.lastError.message,
      /it refuses the user and the password in https_proxy \(HTTP 407\)$/
    )
  })

  for (const behaviour of [407, 502, 'garbage', 'end']) {
    test(`keeps them to itself: neither stats nor warnings tell them upon ${behaviour}`, async () => {
      proxy.setBehaviour(behaviour)
      const { stats, stderr } = await record({ HTTPS_PROXY: url }, endpoint, RECORD + UNTIL_A_FAULT)
      assert.doesNotMatch(stderr + JSON.stringify(stats), SECRET)
    })
  }

  test('that cannot be reached, or whose URL cannot be used, is not told on either', async () => {
    for (const unusable of [
      `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`,
      `ftp://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`,
      `socks5://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`,
      `http://user:${PASSWORD}@127.0.0.1:1`,
    ]) {
      const { stats, stderr } = await record(
        { HTTPS_PROXY: unusable, AWS_CA_BUNDLE: undefined },
        endpoint,
        RECORD + UNTIL_A_FAULT
      )
      assert.notEqual(stderr, '')
      assert.doesNotMatch(stderr + JSON.stringify(stats), SECRET)
    }
  })
})

/** Nothing was applied, nothing may be doubled, nothing is lost. */
function assertKept(stats) {
  const { applied, possiblyDuplicated, buffered, inFlight } = stats
  assert.deepEqual(
    { applied, possiblyDuplicated, kept: buffered + inFlight },
    { applied: 0, possiblyDuplicated: 0, kept: 1 }
  )
  assert.equal(stats.lastError.code, 'ConnectError')
  assert.equal(cloudwatch.requests.length, 0)
}

/** Writes the parts one after the other, each when the one before is on its way. */
const inParts =
  (...parts) =>
  async (socket) => {
    for (const part of parts) {
      await new Promise((resolve) => socket.write(part, () => setImmediate(resolve)))
    }
  }
const answer = (head, body = '') => inParts(`${head}\r\n\r\n${body}`)
const LONG_HEADER = `header: ${'x'.repeat(1_000)}\r\n`

/** Writes a part again and again, until the client closes the connection. */
const without = (begin, part) => (socket) => {
  socket.write(begin)
  const send = () => {
    while (socket.writable) if (!socket.write(part)) return
  }
  socket.on('drain', send)
  send()
}

describe('a proxy that does not let through: the records wait, and the message tells of the proxy', () => {
  const refusal = (status) => new RegExp(`it gives no tunnel to localhost:\\d+: HTTP ${status}$`)
  for (const [what, behaviour, message] of [
    ['refuses', answer('HTTP/1.1 403 Forbidden\r\nContent-Length: 6', '<html>'), refusal(403)],
    ['cannot reach CloudWatch', 502, refusal(502)],
    ['is overloaded and says so in a page', answer('HTTP/1.1 503 No', '<html>'), refusal(503)],
    ['refuses by HTTP/1.0', answer('HTTP/1.0 500 No'), refusal(500)],
    ['redirects', answer('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1'), refusal(302)],
    ['changes the protocol', answer('HTTP/1.1 101 Switching\r\nUpgrade: x'), /proxy/],
    ['answers what is not HTTP', 'garbage', /it gave no valid answer/],
    ['ends the connection', 'end', /it gave no valid answer/],
    ['resets the connection', (socket) => socket.resetAndDestroy(), /it gave no valid answer/],
    [
      'ends the connection within its answer',
      (socket) => socket.end('HTTP/1.1 20'),
      /no valid answer/,
    ],
    ['does not answer', 'hang', /connect timeout/],
    ['does not end its answer', inParts('HTTP/1.1 200 OK\r\nHea'), /connect timeout/],
    [
      'has headers without end',
      without('HTTP/1.1 200 OK\r\n', LONG_HEADER),
      /it gave no valid answer/,
    ],
    ['has interim answers without end', without('', 'HTTP/1.1 100 Continue\r\n\r\n'), /proxy/],
    [
      'answers with a page of its own',
      answer('HTTP/1.1 200 OK\r\nContent-Length: 6', '<html>'),
      /it sent data of its own/,
    ],
    [
      'ends the tunnel',
      (socket) => socket.end('HTTP/1.1 200 Connection established\r\n\r\n'),
      /through the proxy/,
    ],
    [
      'breaks the tunnel within the handshake',
      (socket) => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.once('data', () => socket.resetAndDestroy())
      },
      /through the proxy/,
    ],
    [
      'answers within the tunnel what is not TLS',
      (socket) => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
      },
      /through the proxy/,
    ],
  ]) {
    test(`because it ${what}`, async () => {
      proxy.setBehaviour(behaviour)
      const { stats } = await record({ HTTPS_PROXY: proxy.url }, endpoint, RECORD + UNTIL_A_FAULT)
      assertKept(stats)
      assert.ok(stats.lastError.message.includes(`through the proxy ${new URL(proxy.url).host}: `))
      assert.match(stats.lastError.message, message)
    })
  }

  test('because it is down', async () => {
    const down = `http://127.0.0.1:${await freePort()}`
    const { stats } = await record({ HTTPS_PROXY: down }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(stats.lastError.message, /proxy/)
  })

  test('because it is spoken to over TLS and does not understand', async () => {
    const secure = proxy.url.replace('http:', 'https:')
    const { stats } = await record({ HTTPS_PROXY: secure }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(
      stats.lastError.message,
      /does not speak TLS.*whether HTTPS_PROXY should be an http/
    )
  })
})

test('a connection that fails without the proxy is not blamed on it', async () => {
  const direct = { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost' }
  const refused = `https://localhost:${await freePort()}`
  const { stats } = await record(direct, refused, RECORD + UNTIL_A_FAULT)
  assertKept(stats)
  assert.doesNotMatch(stats.lastError.message, /proxy/)
})

test('records that waited for a proxy arrive once it lets through, each once', async () => {
  proxy.setBehaviour(502)
  const recorded = record({ HTTPS_PROXY: proxy.url })
  await proxy.until(() => proxy.tunnels.length === 2)
  proxy.setBehaviour('pass')
  const { stats } = await recorded
  assert.equal(stats.possiblyDuplicated, 0)
  assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
})

describe('a proxy lets through', () => {
  for (const [how, ...head] of [
    ['in pieces', 'HT', 'TP/1.1 2', '00 Connection est', 'ablished\r', '\nVia: x\r\n\r', '\n'],
    ['by HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n'],
    ['with a connection that it says it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
    ['with a length, which means nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['with another status of success', 'HTTP/1.1 204 OK\r\n\r\n'],
    ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'],
  ]) {
    test(how, async () => {
      const { port } = new URL(cloudwatch.endpoint)
      proxy.setBehaviour(async (socket) => {
        await inParts(...head)(socket)
        const upstream = connect(Number(port), '127.0.0.1')
        for (const end of [socket, upstream]) end.on('error', () => {})
        socket.pipe(upstream).pipe(socket)
      })
      const { stats, stderr } = await record({ HTTPS_PROXY: proxy.url })
      assert.equal(stats.applied, 1)
      assert.equal(stats.requests, 1)
      assert.equal(stderr, '')
    })
  }
})
