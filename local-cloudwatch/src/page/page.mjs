/**
 * The page of the local CloudWatch, beside its API on the same port:
 *
 *   GET  /                  the page, and its files below /page/
 *   GET  /local/events      server-sent events: what changed, and each request
 *   GET  /local/cost        what is seen costs a month
 *   POST /local/fault       { "fault": "throttle" }: switches a fault on, or with `null` off
 *
 * Everything else that the page shows, it asks of the API, like any other client.
 */

import { randomUUID } from 'node:crypto'
import { accessDenied, delay, reset, throttle } from '../faults.mjs'
import { costByMetric, costOfRequests, costOfSeries } from './cost.mjs'
import { fileAt, SECURITY_HEADERS } from './files.mjs'
import { strangerProblem } from './guard.mjs'

/** The faults that can be switched on. */
const FAULTS = {
  throttle: () => throttle(),
  outage: () => reset(),
  slow: () => delay(SLOW_MS),
  denied: () => accessDenied(),
}
const SLOW_MS = 3_000
/** Milliseconds between two events. */
const PACE_MS = 500
/** Milliseconds after which a page that lost its connection tries once more. */
const RETRY_MS = 1_000
/** How many of the latest requests a page gets that opens. */
const MAX_SHOWN = 200
/** Milliseconds. The rate of requests is that of so long. */
const RATE_MS = 5 * 60_000
const MINUTE_MS = 60_000
const SECOND_MS = 1_000
const MAX_BODY_BYTES = 1_000
/** Characters that are told of a message, or of a name that was refused for its length. */
const MAX_TEXT = 500
/** How many metrics are told, those that cost most first. */
const MAX_COSTS = 100

/**
 * @param {object} options
 * @param {import('../store.mjs').Store} options.store
 * @param {() => number} options.now
 * @param {(fault?: object) => void} options.setFault
 */
export function createPage({ store, now, setFault }) {
  /** @type {Set<import('node:http').ServerResponse>} */
  const listeners = new Set()
  /** Tells this server from another one on the same port, whose requests had the same numbers. */
  const run = randomUUID()
  const latest = []
  /** How many requests came in each of the latest seconds. */
  const arrivals = []
  const counts = { requests: 0, refused: 0 }
  let fault = null
  let revision = 0
  let pending = []
  let timer

  const state = () => ({ revision, fault, ...counts, now: now() })

  function changed() {
    revision++
    timer ??= setTimeout(send, PACE_MS).unref()
  }

  function send() {
    timer = undefined
    const requests = pending
    pending = []
    for (const listener of listeners) {
      write(listener, 'requests', { run, requests })
      write(listener, 'state', state())
    }
  }

  /** Call this when a request was answered. What the page itself asks is not what it is about. */
  function onRequest(request) {
    if (request.headers['x-local-page'] !== undefined) return
    const told = summaryOf(request, counts.requests++)
    if (told.isRefused) counts.refused++
    if (request.operation === 'PutMetricData') arrived()
    latest.push(told)
    if (latest.length > MAX_SHOWN) latest.shift()
    if (listeners.size > 0) pending.push(told)
    changed()
  }

  function arrived() {
    const at = Math.floor(now() / SECOND_MS) * SECOND_MS
    const last = arrivals.at(-1)
    if (last?.at === at) last.count++
    else arrivals.push({ at, count: 1 })
    forgetOld()
  }

  function forgetOld() {
    const since = Math.floor(now() / SECOND_MS) * SECOND_MS - RATE_MS
    while (arrivals[0]?.at < since) arrivals.shift()
  }

  /** Answers a request of the page. Returns whether it was one. */
  async function serve(incoming, outgoing) {
    const problem = strangerProblem(incoming.headers)
    if (problem !== undefined) return answer(outgoing, 403, `${problem}\n`)
    const { pathname } = new URL(incoming.url, 'http://127.0.0.1')
    const isRead = incoming.method === 'GET' || incoming.method === 'HEAD'
    if (isRead && pathname === '/local/events') return listen(outgoing)
    if (isRead && pathname === '/local/cost') return answerJson(outgoing, cost())
    if (pathname === '/local/fault' && incoming.method === 'POST') {
      return switchFault(await bodyOf(incoming), outgoing)
    }
    const file = isRead ? fileAt(pathname) : undefined
    if (file) {
      outgoing.writeHead(200, file.headers).end(file.body)
      return true
    }
    if (isRead) return answer(outgoing, 404, 'There is no such page\n')
    return false
  }

  function listen(outgoing) {
    outgoing.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    })
    outgoing.write(`retry: ${RETRY_MS}\n\n`)
    write(outgoing, 'requests', { run, requests: latest })
    write(outgoing, 'state', state())
    listeners.add(outgoing)
    outgoing.once('close', () => listeners.delete(outgoing))
    return true
  }

  function switchFault(body, outgoing) {
    const name = body?.fault
    if (name !== null && !Object.hasOwn(FAULTS, name ?? '')) {
      return answer(
        outgoing,
        400,
        `fault must be null or one of ${Object.keys(FAULTS).join(', ')}\n`
      )
    }
    fault = name
    setFault(name === null ? undefined : FAULTS[name]())
    changed()
    return answerJson(outgoing, state())
  }

  function cost() {
    forgetOld()
    const metrics = costByMetric(store.metrics())
    const series = metrics.reduce((sum, metric) => sum + metric.series, 0)
    const requests = arrivals.reduce((sum, { count }) => sum + count, 0)
    const ms = requests > 0 ? Math.max(now() - arrivals[0].at, MINUTE_MS) : 0
    return {
      series,
      costOfSeries: costOfSeries(series),
      requestsPerMinute: ms > 0 ? (requests / ms) * MINUTE_MS : 0,
      costOfRequests: costOfRequests(requests, ms),
      metrics: metrics.slice(0, MAX_COSTS),
      more: Math.max(0, metrics.length - MAX_COSTS),
    }
  }

  function close() {
    clearTimeout(timer)
    for (const listener of listeners) listener.end()
  }

  return { serve, onRequest, close }
}

/** What the page shows of a request. */
function summaryOf(
  { operation, status, errorCode, errorMessage, receivedAt, input, wireBytes },
  number
) {
  const { Namespace, MetricData = [], EntityMetricData = [] } = input ?? {}
  const datums =
    MetricData.length +
    EntityMetricData.reduce((sum, { MetricData: list = [] }) => sum + list.length, 0)
  // Clients ask so whether they may send. Nothing is lost by the answer.
  const isQuestion =
    operation === 'PutMetricData' && datums === 0 && errorCode === 'MissingParameter'
  return {
    number,
    at: receivedAt.getTime(),
    isQuestion,
    isRefused: status === null || (errorCode !== undefined && !isQuestion),
    operation: cut(operation ?? 'unknown'),
    status,
    errorCode: cut(errorCode),
    errorMessage: cut(errorMessage),
    namespace: cut(Namespace),
    datums,
    wireBytes,
  }
}

function cut(text) {
  if (typeof text !== 'string' || text.length <= MAX_TEXT) return text
  return `${text.slice(0, MAX_TEXT)}… (the first ${MAX_TEXT} of ${text.length} characters)`
}

async function bodyOf(incoming) {
  let text = ''
  for await (const chunk of incoming) {
    text += chunk
    if (text.length > MAX_BODY_BYTES) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function write(outgoing, event, data) {
  outgoing.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

function answer(outgoing, status, text, type = 'text/plain') {
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
  }
  outgoing.writeHead(status, headers).end(text)
  return true
}

const answerJson = (outgoing, value) =>
  answer(outgoing, 200, JSON.stringify(value), 'application/json')
