/**
 * What the local services have in common that are not CloudWatch: an HTTP server that keeps a record of
 * each request, answers with what the service makes of it, and fails on request. CloudWatch's own is in
 * `server.mjs`; the faults are those of `faults.mjs`.
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { ServiceError } from './errors.mjs'

/**
 * @typedef {object} ServiceRequest
 * @property {string} operation as the service names it
 * @property {string} method
 * @property {string} path without the query
 * @property {URLSearchParams} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body
 * @property {number | null} status of the answer; `null` before it, and where none is given
 * @property {string | undefined} errorCode
 * @property {Date} receivedAt
 *
 * @typedef {object} LocalService
 * @property {string} url without a slash at its end
 * @property {ServiceRequest[]} requests in the order in which their bodies were complete
 * @property {(fault?: import('./faults.mjs').Fault | import('./faults.mjs').FaultPlan) => void}
 *   setFault replaces the fault; a plan is given the index of the request since then. A fault without an
 *   operation applies to all of them
 * @property {(isMet: () => boolean) => Promise<void>} until waits for a condition, looked at again after
 *   each request and each answer; rejects if the server closes first
 * @property {() => Promise<void>} close
 */

/**
 * @param {object} service
 * @param {string} [service.host] default loopback; another address has to be one of this machine
 * @param {number} [service.port] default 0: a free one
 * @param {(request: ServiceRequest) => string} service.identify names the operation
 * @param {(request: ServiceRequest) => import('./protocol.mjs').Answer} service.answer throws a
 *   `ServiceError` to refuse
 * @param {(error: ServiceError) => import('./protocol.mjs').Answer} service.refuse an error in the
 *   protocol of the service
 * @returns {Promise<LocalService>}
 */
export async function startService({ host = '127.0.0.1', port = 0, identify, answer, refuse }) {
  /** @type {ServiceRequest[]} */
  const requests = []
  const closing = new AbortController()
  const progress = new EventEmitter().setMaxListeners(0)
  let faultFor = () => undefined

  function setFault(fault) {
    let index = 0
    faultFor = (request) => {
      const met = typeof fault === 'function' ? fault(index++, request) : fault
      return [undefined, '*', request.operation].includes(met?.operation) ? met : undefined
    }
  }

  async function exchange(incoming, outgoing) {
    const request = await receive(incoming)
    request.operation = identify(request)
    requests.push(request)
    progress.emit('step')
    const answered = await answerTo(request, incoming.socket)
    if (answered !== null) request.status = answered.status
    progress.emit('step')
    if (answered !== null) outgoing.writeHead(answered.status, answered.headers).end(answered.body)
  }

  function answerTo(request, socket) {
    const refused = (error) => {
      request.errorCode = error.code
      return refuse(error)
    }
    const proceed = () => {
      try {
        return answer(request)
      } catch (error) {
        if (error instanceof ServiceError) return refused(error)
        throw error
      }
    }
    const destroy = () => socket.resetAndDestroy()
    const exchange = { request, refuse: refused, destroy, closing: closing.signal }
    const fault = faultFor(request)
    return fault ? fault.meet(exchange, proceed) : proceed()
  }

  async function until(isMet) {
    while (!isMet()) await once(progress, 'step', { signal: closing.signal })
  }

  const server = createServer((incoming, outgoing) => {
    exchange(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  server.keepAliveTimeout = 0
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

  async function close() {
    closing.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  const url = `http://${host}:${server.address().port}`
  return { url, requests, setFault, until, close }
}

async function receive(incoming) {
  const chunks = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method, headers } = incoming
  const { pathname: path, searchParams: query } = new URL(incoming.url, 'http://127.0.0.1')
  const body = Buffer.concat(chunks).toString()
  const rest = { status: null, errorCode: undefined, receivedAt: new Date() }
  return { operation: '', method, path, query, headers, body, ...rest }
}
