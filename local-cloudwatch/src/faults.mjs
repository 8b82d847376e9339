/**
 * Ways in which a service, or the network before it, fails. Each function returns a fault for `setFault`. A fault takes
 * the place of the usual processing of a request, which it may call (`proceed`).
 */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError, statusOf } from './errors.mjs'

export { ServiceError }

/** Answers with a status: as an AWS error from 400 on, or with a body as it stands. */
export function status(code, options = {}) {
  const { message = 'Injected fault', body, contentType = 'text/html', when = 'before' } = options
  const fallback = code >= 500 ? 'InternalServiceError' : 'ValidationError'
  const { errorCode = fallback, queryError = true } = options
  return {
    meet({ refuse }, proceed) {
      if (when === 'after') proceed()
      if (body !== undefined || code < 400) {
        const headers = { 'content-type': contentType }
        return { status: code, headers, body: Buffer.from(body ?? '') }
      }
      const answer = refuse(new ServiceError(code, errorCode, message))
      if (!queryError) delete answer.headers['x-amzn-query-error']
      return answer
    },
  }
}

/** Refuses with a code, and with the status that is documented for it. */
export const refuse = (errorCode, options) => status(statusOf(errorCode), { errorCode, ...options })

/** What CloudWatch answers above its rate. */
export const throttle = (options) =>
  status(400, { errorCode: 'Throttling', message: 'Rate exceeded', ...options })

export const accessDenied = (options) =>
  status(403, {
    errorCode: 'AccessDenied',
    message: 'User is not authorized to perform: cloudwatch:PutMetricData',
    ...options,
  })

export const expiredToken = (options) =>
  status(403, {
    errorCode: 'ExpiredToken',
    message: 'The security token included in the request is expired',
    ...options,
  })

/** Reads the request and never answers; the socket stays open. */
export const hang = () => ({ meet: () => null })

/** Resets the connection instead of answering. */
export const reset = ({ when = 'before' } = {}) => ({
  meet({ destroy }, proceed) {
    if (when === 'after') proceed()
    destroy()
    return null
  },
})

/** Refuses, as too large, what holds more than `max` datums. */
export const tooManyDatums = (max) => ({
  meet({ request, refuse }, proceed) {
    const count = request.input?.MetricData?.length ?? 0
    if (count <= max) return proceed()
    return refuse(new ServiceError(413, 'RequestEntityTooLarge', `${count} datums exceed ${max}`))
  },
})

/** Refuses every request that holds a datum of which `isPoison` is true. */
export const poison = (isPoison, options) =>
  poisoned(options, ({ MetricData = [] }) => {
    const index = MetricData.findIndex(isPoison)
    return index === -1 ? undefined : `The parameter MetricData.member.${index + 1} is invalid.`
  })

/** Refuses every request that holds a value of which `isPoison` is true. */
export const poisonValue = (isPoison, options) =>
  poisoned(options, ({ MetricData = [] }) => {
    for (const [index, datum] of MetricData.entries()) {
      const at = (datum.Values ?? []).findIndex((value) => isPoison(value, datum))
      if (at === -1) continue
      const path = `MetricData.member.${index + 1}.Values.member.${at + 1}`
      return `The value ${datum.Values[at]} for parameter ${path} is invalid.`
    }
  })

function poisoned(options, problemOf) {
  return {
    meet(exchange, proceed) {
      const message = problemOf(exchange.request.input ?? {})
      if (message === undefined) return proceed()
      const refusal = refuse('InvalidParameterValue', { message, ...options })
      return refusal.meet(exchange, proceed)
    },
  }
}

/** Lets `perSecond` requests a second through, by the clock of the server, and throttles the others. */
export function rateLimit(perSecond, { burst = 1, ...options } = {}) {
  const refusal = throttle(options)
  let tokens = burst
  let filledAt
  return {
    meet(exchange, proceed) {
      const now = exchange.now()
      const seconds = Math.max(0, now - (filledAt ?? now)) / 1_000
      tokens = Math.min(burst, tokens + seconds * perSecond)
      filledAt = now
      if (tokens < 1) return refusal.meet(exchange, proceed)
      tokens -= 1
      return proceed()
    },
  }
}

/** What tells an answer of CloudWatch from one of something on the way. */
const MARKS = ['smithy-protocol', 'x-amzn-requestid']

/** Answers without the headers by which an answer of CloudWatch is known. */
export const unmarked = ({ when = 'after' } = {}) => ({
  meet(_exchange, proceed) {
    if (when === 'before') return { status: 200, headers: {}, body: Buffer.alloc(0) }
    const { headers, ...answer } = proceed()
    const left = Object.entries(headers).filter(([name]) => !MARKS.includes(name))
    return { ...answer, headers: Object.fromEntries(left) }
  },
})

function* endless(text) {
  for (;;) yield text
}

/** Sends as fast as the client reads, until it or the server closes. */
const sendEndlessly = (text, stream, signal) =>
  pipeline(Readable.from(endless(text)), stream, { signal })

/** Answers with a body that never ends. */
export const endlessBody = ({ when = 'before' } = {}) => ({
  meet(_exchange, proceed) {
    const { status, headers } = when === 'after' ? proceed() : { status: 200, headers: {} }
    return {
      status,
      headers,
      body: Buffer.alloc(0),
      send(answer, response, closing) {
        response.writeHead(answer.status, answer.headers)
        return sendEndlessly('x'.repeat(4_096), response, closing)
      },
    }
  },
})

/** Answers with headers that never end. */
export const endlessHeaders = ({ when = 'before' } = {}) => ({
  meet(_exchange, proceed) {
    if (when === 'after') proceed()
    return {
      status: 200,
      headers: {},
      body: Buffer.alloc(0),
      send(_answer, { socket }, closing) {
        socket.write('HTTP/1.1 200 OK\r\n')
        return sendEndlessly(`x-filler: ${'x'.repeat(100)}\r\n`, socket, closing)
      },
    }
  },
})

/** Applies the request, and sends the answer one byte at a time. */
export const slowDrip = ({ delayMs }) => ({
  meet: (_exchange, proceed) => ({ ...proceed(), dripMs: delayMs }),
})

/** Waits, then processes the request as usual. */
export const delay = (ms) => ({
  async meet({ closing }, proceed) {
    await sleep(ms, undefined, { signal: closing })
    return proceed()
  },
})

/** Applies a fault to another operation than PutMetricData. */
export const onOperation = (operation, fault) => ({ ...fault, operation })

/** The first `count` of every `of` requests meet the fault: `outOf(3, 4, throttle())`. */
export const outOf = (count, of, fault) => (index) => (index % of < count ? fault : undefined)

/** The first `count` requests meet the fault. */
export const first = (count, fault) => (index) => (index < count ? fault : undefined)

/** Each request meets the fault by chance; the same seed gives the same requests. */
export function sometimes(share, fault, { seed = 1 } = {}) {
  const drawn = []
  let state = seed
  return (index) => {
    // A generator of Park and Miller: its numbers are spread evenly enough for this.
    while (drawn.length <= index) {
      state = (state * 48_271) % 2_147_483_647
      drawn.push(state / 2_147_483_647)
    }
    return drawn[index] < share ? fault : undefined
  }
}

/** One fault a request, in this order; `undefined` lets one through. */
export const inOrder =
  (...faults) =>
  (index) =>
    faults[index]
