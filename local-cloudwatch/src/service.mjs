/**
 * The HTTP server under every local service: CloudWatch in `server.mjs`, and the services that hand out credentials in
 * `credentials.mjs`. It keeps a record of each request, and applies the fault if one is set.
 *
 *   HTTP -> receive (a record, and how to answer) -> fault, if one is set -> answer, or refuse -> HTTP
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from './errors.mjs'

/**
 * The most bytes of a body that are kept while it is read. It is a multiple of the largest body that is accepted: 1 MiB,
 * which JSON in JSON may double, and more.
 */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/**
 * @template {import('./server.mjs').ServiceRequest} Request
 * @param {object} options
 * @param {string} [options.host] default loopback; another address has to be one of this machine
 * @param {number} [options.port] default 0: a free one
 * @param {import('node:tls').TlsOptions} [options.tls] default: no TLS
 * @param {() => number} [options.now] the clock, for the header Date, in milliseconds since the epoch
 * @param {string} [options.subject] the operation that faults and their index are about, unless a fault names
 *   another; default: every operation
 * @param {(incoming: import('node:http').IncomingMessage, body: Buffer, bytes: number) =>
 *   { request: Request, answer: () => import('./protocol.mjs').Answer }} options.receive gives the record of a
 *   request, and what answers it; `answer` throws a `ServiceError` to refuse. `bytes` is the length of the body as sent, of
 *   which `body` holds nothing if it is above `MAX_BODY_BYTES`
 * @param {(error: ServiceError, request: Request) => import('./protocol.mjs').Answer} options.refuse an error in the
 *   protocol of the request
 * @param {number} [options.maxRequests] how many of the latest requests are kept; default: all
 * @param {(incoming: import('node:http').IncomingMessage, outgoing: import('node:http').ServerResponse) =>
 *   Promise<boolean>} [options.serve] answers what is not a request to the service, and returns whether it was that
 * @param {(request: Request) => void} [options.onAnswered] is called after each answer
 * @returns {Promise<import('./server.mjs').LocalService<Request>>}
 */
export async function startService(options) {
  const { host = '127.0.0.1', port = 0, tls, subject, now = Date.now } = options
  const { maxRequests = Infinity, ...service } = options
  /** @type {Request[]} */
  const requests = []
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  let connections = 0
  const closing = new AbortController()
  const progress = new EventEmitter().setMaxListeners(0)
  let faultFor = () => undefined

  function setFault(fault) {
    let index = 0
    faultFor = (request) => {
      const isCounted = subject === undefined || request.operation === subject
      const position = isCounted ? index++ : index
      const met = typeof fault === 'function' ? fault(position, request) : fault
      const operation = met?.operation ?? subject ?? '*'
      return [request.operation, '*'].includes(operation) ? met : undefined
    }
  }

  async function exchange(incoming, outgoing) {
    // An endpoint may end in slashes, which clients put before a path. Two at the start would be a host.
    incoming.url = incoming.url.replace(/^[/\\]+/, '/')
    if (!URL.canParse(incoming.url, 'http://127.0.0.1')) return outgoing.writeHead(400).end()
    if (await service.serve?.(incoming, outgoing)) return
    const { body, bytes } = await bodyOf(incoming)
    const { request, answer } = service.receive(incoming, body, bytes)
    requests.push(request)
    // A quarter more than the bound, so that not every request moves all others.
    if (requests.length > maxRequests * 1.25) requests.splice(0, requests.length - maxRequests)
    progress.emit('step')
    const answered = await answerTo(request, answer, incoming.socket)
    if (answered !== null) request.status = answered.status
    service.onAnswered?.(request)
    progress.emit('step')
    if (answered === null) return
    // Clients measure by it how far their clock is off.
    const date = new Date(now()).toUTCString()
    const dated = { ...answered, headers: { date, ...answered.headers } }
    await (dated.send ?? send)(dated, outgoing, closing.signal)
  }

  function answerTo(request, answer, socket) {
    const refuse = (error) => {
      request.errorCode = error.code
      request.errorMessage = error.message
      return service.refuse(error, request)
    }
    const proceed = () => {
      try {
        return answer()
      } catch (error) {
        if (error instanceof ServiceError) return refuse(error)
        throw error
      }
    }
    const destroy = () => socket.resetAndDestroy()
    const fault = faultFor(request)
    if (!fault) return proceed()
    return fault.meet({ request, refuse, destroy, now, closing: closing.signal }, proceed)
  }

  async function until(isMet) {
    while (!isMet()) await once(progress, 'step', { signal: closing.signal })
  }

  const listener = (incoming, outgoing) => {
    exchange(incoming, outgoing).catch(() => incoming.socket.destroy())
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  // Only the client ends an idle connection, so that no test races with the server.
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      progress.emit('step')
    })
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

  async function cut() {
    await Promise.all([...sockets].map((socket) => new Promise((sent) => socket.end(sent))))
  }

  async function close() {
    closing.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  const authority = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${authority}:${server.address().port}`,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    cut,
    setFault,
    until,
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: close,
  }
}

/** Reads a body to its end, so that its sender reads the answer, but keeps no more of it than may be. */
async function bodyOf(incoming) {
  let chunks = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    else chunks = []
  }
  return { body: Buffer.concat(chunks), bytes }
}

async function send({ status, headers, body, dripMs }, outgoing, closing) {
  const all = {
    ...headers,
    'content-length': String(body.length),
  }
  if (dripMs === undefined) {
    outgoing.writeHead(status, all).end(body)
    return
  }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `HTTP/1.1 ${status} \r\n${head.join('')}connection: close\r\n\r\n`
  const { socket } = outgoing
  for (const byte of Buffer.concat([Buffer.from(text), body])) {
    if (socket.destroyed) return
    socket.write(Buffer.of(byte))
    await sleep(dripMs, undefined, { signal: closing })
  }
  socket.end()
}
