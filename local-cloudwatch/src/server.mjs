/**
 * A strict CloudWatch on loopback: what the service documents as refused is refused, and what it
 * accepts can be read back.
 *
 *   HTTP -> protocol (CBOR or JSON, gzip) -> fault, if one is set -> limits -> store
 *                                                                    queries <-'
 *
 * It never leaves 127.0.0.1, checks no signature, and keeps everything in memory.
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from './errors.mjs'
import { oversized, violation } from './limits.mjs'
import { decode, failure, identify, inflate, success } from './protocol.mjs'
import { getMetricData, getMetricStatistics, listMetrics } from './queries.mjs'
import { Store } from './store.mjs'

/** The operation that faults and their index are about, unless a fault names another. */
const PUT = 'PutMetricData'

/**
 * @typedef {object} ReceivedRequest
 * @property {string | undefined} operation
 * @property {import('./protocol.mjs').Protocol | undefined} protocol
 * @property {number | null} status of the answer; `null` before it, and where none is given
 * @property {string | undefined} errorCode
 * @property {boolean} applied whether its datums were stored
 * @property {number} wireBytes of the body as sent
 * @property {number | undefined} rawBytes of the body uncompressed
 * @property {string | undefined} encoding `content-encoding`
 * @property {string} path
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Record<string, any> | undefined} input `undefined` when it could not be decoded
 * @property {Date} receivedAt by the injected clock
 *
 * @typedef {object} LocalCloudWatch
 * @property {string} endpoint
 * @property {ReceivedRequest[]} requests in the order in which their bodies were complete
 * @property {() => import('./store.mjs').AppliedDatum[]} applied every stored datum, in order
 * @property {(fault?: import('./faults.mjs').Fault | import('./faults.mjs').FaultPlan) => void}
 *   setFault replaces the fault; `undefined` ends it
 * @property {() => number} connections sockets accepted so far
 * @property {() => number} open sockets that are not closed at both ends
 * @property {() => Promise<void>} cut ends every open socket; resolves when that has been sent
 * @property {(isMet: () => boolean) => Promise<void>} until waits for a condition, looked at again
 *   after each request, each answer and each end of a socket; rejects if the server closes first
 * @property {() => Promise<void>} close ends the open sockets too, by destroying them
 */

/**
 * @param {object} [options]
 * @param {number} [options.port] default 0: a free one
 * @param {() => number} [options.now] the clock, in milliseconds since the epoch
 * @param {import('node:tls').TlsOptions} [options.tls] default: no TLS
 * @param {'127.0.0.1' | '::1'} [options.host]
 * @returns {Promise<LocalCloudWatch & AsyncDisposable>}
 */
export async function startLocalCloudWatch({
  port = 0,
  now = Date.now,
  tls,
  host = '127.0.0.1',
} = {}) {
  const store = new Store()
  /** @type {ReceivedRequest[]} */
  const requests = []
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  let connections = 0
  const closing = new AbortController()
  const progress = new EventEmitter().setMaxListeners(0)
  let faultFor = () => undefined

  const operations = {
    PutMetricData(input, request) {
      const error = oversized(request.rawBytes) ?? violation(input, now())
      if (error) throw error
      store.put(input, now())
      request.applied = true
    },
    GetMetricStatistics: (input) => getMetricStatistics(store, input, now()),
    GetMetricData: (input) => getMetricData(store, input, now()),
    ListMetrics: (input) => listMetrics(store, input, now()),
  }

  function setFault(fault) {
    let index = 0
    faultFor = (request) => {
      const position = request.operation === PUT ? index++ : index
      const met = typeof fault === 'function' ? fault(position, request) : fault
      return [request.operation, '*'].includes(met?.operation ?? PUT) ? met : undefined
    }
  }

  async function exchange(incoming, outgoing) {
    const body = await bodyOf(incoming)
    const { request, undecodable } = receive(incoming, body, new Date(now()))
    requests.push(request)
    progress.emit('step')
    const answer = await answerTo(incoming, request, undecodable)
    if (answer !== null) request.status = answer.status
    progress.emit('step')
    if (answer !== null) await (answer.send ?? send)(answer, outgoing, closing.signal)
  }

  async function answerTo(incoming, request, undecodable) {
    const refuse = (error) => {
      request.errorCode = error.code
      return failure(request.protocol, error)
    }
    const proceed = () => {
      try {
        if (undecodable) throw undecodable
        return success(request.protocol, operations[request.operation](request.input, request))
      } catch (error) {
        return refuse(asServiceError(error))
      }
    }
    const destroy = () => incoming.socket.resetAndDestroy()
    const fault = faultFor(request)
    if (!fault) return proceed()
    return fault.meet({ request, refuse, destroy, closing: closing.signal }, proceed)
  }

  async function until(isMet) {
    while (!isMet()) await once(progress, 'step', { signal: closing.signal })
  }

  const listener = (incoming, outgoing) => {
    exchange(incoming, outgoing).catch(() => incoming.socket.destroy())
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  // The sender decides when an idle connection ends, so that no test races with this end of it.
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
    endpoint: `${tls ? 'https' : 'http'}://${authority}:${server.address().port}`,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    cut,
    applied: () => [...store.datums],
    setFault,
    until,
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: close,
  }
}

/** Decodes what can be decoded, so that a request is on record however broken it is. */
function receive(incoming, body, receivedAt) {
  const { headers } = incoming
  const encoding = headers['content-encoding']
  const { operation, protocol } = identify(incoming)
  /** @type {ReceivedRequest} */
  const request = {
    operation,
    protocol,
    status: null,
    errorCode: undefined,
    applied: false,
    wireBytes: body.length,
    rawBytes: undefined,
    encoding,
    path: incoming.url,
    headers,
    input: undefined,
    receivedAt,
  }
  try {
    const raw = inflate(body, encoding)
    request.rawBytes = raw.length
    request.input = decode(request.protocol, request.operation, headers['content-type'], raw)
    return { request, undecodable: undefined }
  } catch (error) {
    return { request, undecodable: asServiceError(error) }
  }
}

function asServiceError(error) {
  if (error instanceof ServiceError) return error
  return new ServiceError(500, 'InternalServiceError', String(error?.stack ?? error))
}

async function bodyOf(incoming) {
  const chunks = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
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
