/**
 * A strict forward proxy on loopback. It takes CONNECT and passes bytes between both ends. Whatever name is asked for, it
 * connects to one server on loopback.
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'

export async function startLocalProxy({ target, tls, credentials }) {
  const { hostname, port } = new URL(target)
  if (hostname !== '127.0.0.1') throw new Error('a proxy leads to 127.0.0.1 and nowhere else')
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const sockets = new Set()
  const tunnels = []
  const others = []
  const progress = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let behaviour = 'pass'

  const refuse = (incoming, outgoing) => {
    others.push(`${incoming.method} ${incoming.url}`)
    outgoing.writeHead(405).end()
  }
  const server = tls ? createTlsServer(tls, refuse) : createServer(refuse)

  const track = (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', track)

  const answers = {
    407: (socket) =>
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n'
      ),
    502: (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
    hang() {},
    garbage: (socket) => socket.end('this is no HTTP\r\n\r\n'),
    end: (socket) => socket.end(),
    pass(socket, head) {
      const upstream = connect(Number(port), hostname)
      track(upstream)
      upstream.once('connect', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.write(head)
        socket.pipe(upstream).pipe(socket)
      })
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
    },
  }

  server.on('connect', ({ url: authority, headers }, socket, head) => {
    const authorization = headers['proxy-authorization']
    tunnels.push({ authority, authorization })
    // RFC 9110, 9.3.6: the target and `Host` are the authority, port included.
    const isProper = /^[^/@]+:\d+$/.test(authority) && headers.host === authority
    if (!isProper) socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    else if (authorization !== expected) answers[407](socket)
    else if (typeof behaviour === 'function') behaviour(socket)
    else answers[behaviour](socket, head)
    progress.emit('step')
  })

  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })

  async function until(isMet) {
    while (!isMet()) await once(progress, 'step', { signal: closing.signal })
  }

  async function close() {
    closing.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
    tunnels,
    others,
    setBehaviour(chosen) {
      behaviour = chosen
    },
    until,
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: close,
  }
}
