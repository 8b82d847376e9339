// Connections to CloudWatch: kept while they are good, and missed by nobody when they have gone.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'
import { afterRequest, startPeer } from '../testkit/peers/peer.mjs'
import { NEEDS_PROC } from '../testkit/platform.mjs'

const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const APPLIED = 'HTTP/1.1 200 OK\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-length: 0\r\n\r\n'
const RECORD = "m.recordUsed({ provider: 'p' });"

const trusted = { ...CREDENTIALS, AWS_CA_BUNDLE: certificateFile('ca.pem') }

/**
 * Runs a child that records and flushes, and does it again each time that its parent says so; `between` two flushes
 * something happens.
 */
async function flushes(count, endpoint, between) {
  const { child, ended, message } = start('expression.mjs', {
    env: environment(endpoint, trusted),
    args: [
      `const { once } = await import('node:events')
      for (let left = ${count}; ; ) {
        ${RECORD}
        if (--left === 0) break
        await hkm.flushHostedKeyMetrics()
        const again = once(process, 'message')
        process.send('flushed')
        await again
      }`,
    ],
  })
  for (let done = 1; done < count; done++) {
    assert.equal(await message(), 'flushed')
    await between(child)
    child.send('again')
  }
  return { ...(await message()), ...(await ended) }
}

for (const scheme of ['http', 'https']) {
  describe(`over ${scheme}`, () => {
    let cloudwatch
    beforeEach(async () => {
      const tls = scheme === 'https' ? serverTls('server.pem') : undefined
      cloudwatch = await startLocalCloudWatch({ tls })
    })
    afterEach(() => cloudwatch.close())

    test('flush after flush goes over one connection', async () => {
      const { stats } = await evaluate(
        `for (let i = 0; i < 20; i++) { ${RECORD} await hkm.flushHostedKeyMetrics() }`,
        environment(cloudwatch.endpoint, trusted)
      )
      assert.equal(stats.applied, 20)
      assert.equal(stats.requests, 20)
      assert.equal(cloudwatch.connections(), 1)
    })

    test('a connection that ended while it was idle costs a new one and nothing else', async () => {
      const { stats, stderr } = await flushes(2, cloudwatch.endpoint, async () => {
        await cloudwatch.cut()
        await cloudwatch.until(() => cloudwatch.open() === 0)
      })
      assert.equal(stats.applied, 2)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.equal(stats.requests, 2)
      assert.equal(stats.lastError, undefined)
      assert.equal(stderr, '')
      assert.deepEqual(appliedRecords(cloudwatch), [...ARRIVED, ...ARRIVED])
      assert.equal(cloudwatch.connections(), 2)
    })

    test('so does one that ended while the process was frozen', NEEDS_PROC, async () => {
      const { stats } = await flushes(20, cloudwatch.endpoint, async (child) => {
        child.kill('SIGSTOP')
        while (!isStopped(child)) await new Promise(setImmediate)
        await cloudwatch.cut()
        // What its parent says is there when it goes on, as the end of the connection is.
        setImmediate(() => child.kill('SIGCONT'))
      })
      assert.equal(stats.applied, 20)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.equal(stats.requests, 20)
      assert.equal(appliedRecords(cloudwatch).length, 20)
      assert.equal(cloudwatch.connections(), 20)
    })
  })
}

/** Linux, proc(5): the state follows the name of the command, in brackets. */
const isStopped = ({ pid }) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

test('flush after flush goes through one tunnel of a proxy', async () => {
  const cloudwatch = await startLocalCloudWatch({ tls: serverTls('server.pem') })
  const proxy = await startLocalProxy({ target: cloudwatch.endpoint })
  try {
    const { stats } = await evaluate(
      `for (let i = 0; i < 20; i++) { ${RECORD} await hkm.flushHostedKeyMetrics() }`,
      environment(cloudwatch.endpoint.replace('127.0.0.1', 'localhost'), {
        ...trusted,
        HTTPS_PROXY: proxy.url,
      })
    )
    assert.equal(stats.applied, 20)
    assert.equal(proxy.tunnels.length, 1)
  } finally {
    await proxy.close()
    await cloudwatch.close()
  }
})

describe('a connection that breaks as the next request is written leaves open what became of it', () => {
  for (const [how, end] of [
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['ends', (socket) => socket.end()],
  ]) {
    test(`when it ${how}`, async () => {
      let answered = 0
      const peer = await startPeer((socket) => {
        const isFirst = peer.sockets() === 1
        afterRequest(() => {
          answered++
          socket.write(APPLIED)
          if (isFirst) socket.removeAllListeners('data').once('data', () => end(socket))
        })(socket)
      })
      try {
        const { stats } = await flushes(2, `http://127.0.0.1:${peer.port}`, () => {})
        assert.equal(stats.applied, 2)
        assert.equal(stats.possiblyDuplicated, 1)
        assert.equal(stats.requests, 3)
        assert.equal(answered, 2)
        assert.equal(peer.sockets(), 2)
      } finally {
        await peer.close()
      }
    })
  }
})

describe('a connection that breaks after the whole request leaves open what became of it', () => {
  for (const [how, end] of [
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['ends', (socket) => socket.end()],
  ]) {
    test(`when it ${how}`, async () => {
      let requests = 0
      const peer = await startPeer(
        afterRequest((socket) => (++requests === 2 ? end(socket) : socket.write(APPLIED)))
      )
      try {
        const { stats } = await flushes(2, `http://127.0.0.1:${peer.port}`, () => {})
        assert.deepEqual([stats.applied, stats.possiblyDuplicated, stats.requests], [2, 1, 3])
        assert.equal(requests, 3)
      } finally {
        await peer.close()
      }
    })
  }
})

describe('a server that closes each connection gets each request once', () => {
  const version = (number) => APPLIED.replace('1.1', number)
  for (const [how, answer] of [
    ['without a word', APPLIED],
    ['and says so', APPLIED.replace('\r\n', '\r\nconnection: close\r\n')],
    ['and says the opposite', APPLIED.replace('\r\n', '\r\nkeep-alive: timeout=60\r\n')],
    ['by HTTP/1.0', version('1.0')],
  ]) {
    test(how, async () => {
      let requests = 0
      let closed
      const peer = await startPeer(
        afterRequest((socket) => {
          requests++
          closed = new Promise((resolve) => socket.once('close', resolve))
          socket.end(answer)
        })
      )
      try {
        const { stats, stderr } = await flushes(10, `http://127.0.0.1:${peer.port}`, () => closed)
        assert.deepEqual([stats.applied, stats.possiblyDuplicated, stats.requests], [10, 0, 10])
        assert.deepEqual([requests, peer.sockets(), stderr], [10, 10, ''])
      } finally {
        await peer.close()
      }
    })
  }
})

describe('what follows an answer is no answer to the next request', () => {
  const second = 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'
  for (const [what, rest] of [
    ['garbage', 'garbage'],
    ['another answer', second],
    ['half an answer', second.slice(0, 20)],
  ]) {
    test(what, async () => {
      let requests = 0
      const peer = await startPeer(
        afterRequest((socket) => {
          requests++
          socket.write(requests === 1 ? APPLIED + rest : APPLIED)
        })
      )
      try {
        const { stats, stderr } = await flushes(3, `http://127.0.0.1:${peer.port}`, () => {})
        assert.deepEqual([stats.applied, stats.possiblyDuplicated, stats.requests], [3, 0, 3])
        assert.deepEqual([requests, peer.sockets(), stderr], [3, 2, ''])
      } finally {
        await peer.close()
      }
    })
  }
})
