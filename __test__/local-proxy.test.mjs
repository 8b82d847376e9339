// The local forward proxy is strict: what a real one refuses is refused, and what it lets through leads to one place.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { startPeer } from '../testkit/peers/peer.mjs'

let peer
let proxy
beforeEach(async () => {
  peer = await startPeer((socket) => socket.end('from the target'))
  const target = `http://127.0.0.1:${peer.port}`
  proxy = await startLocalProxy({ target, credentials: 'user:word' })
})
afterEach(() => Promise.all([proxy.close(), peer.close()]))

/** What the proxy answers to these lines of a request. */
async function answerTo(...lines) {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.setEncoding('latin1').end(`${lines.join('\r\n')}\r\n\r\n`)
  let answer = ''
  socket.on('data', (text) => {
    answer += text
  })
  await once(socket, 'close')
  return answer
}

const AUTHORIZATION = `Proxy-Authorization: Basic ${btoa('user:word')}`

test('whatever is asked for, a tunnel leads to its target', async () => {
  const answer = await answerTo(
    'CONNECT elsewhere.test:443 HTTP/1.1',
    'Host: elsewhere.test:443',
    AUTHORIZATION
  )
  assert.match(answer, /^HTTP\/1\.1 200 .*\r\n\r\nfrom the target$/s)
  assert.equal(peer.sockets(), 1)
  assert.deepEqual(
    proxy.tunnels.map(({ authority }) => authority),
    ['elsewhere.test:443']
  )
})

for (const [what, status, ...lines] of [
  ['without credentials', 407, 'CONNECT a.test:443 HTTP/1.1', 'Host: a.test:443'],
  ['without a port', 400, 'CONNECT a.test HTTP/1.1', 'Host: a.test', AUTHORIZATION],
  ['for another host', 400, 'CONNECT a.test:443 HTTP/1.1', 'Host: b.test:443', AUTHORIZATION],
  ['that is no CONNECT', 405, 'GET http://a.test/ HTTP/1.1', 'Host: a.test', 'Connection: close'],
]) {
  test(`a request ${what} is refused with ${status}`, async () => {
    assert.match(await answerTo(...lines), new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.equal(peer.sockets(), 0)
  })
}

test('a proxy to another place than loopback is not started', async () => {
  await assert.rejects(startLocalProxy({ target: 'http://a.test:80' }), /127\.0\.0\.1/)
})
