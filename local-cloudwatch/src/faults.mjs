/**
 * Ways in which a service, or the network before it, fails. Each function returns a fault for `setFault`. A fault takes
 * the place of the usual processing of a request, which it may call (`proceed`).
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { invalidValue, ServiceError } from './errors.mjs'

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
export const poison = (isPoison) => ({
  meet({ request, refuse }, proceed) {
    const index = (request.input?.MetricData ?? []).findIndex(isPoison)
    if (index === -1) return proceed()
    return refuse(invalidValue(`The parameter MetricData.member.${index + 1} is invalid.`))
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

/** One fault a request, in this order; `undefined` lets one through. */
export const inOrder =
  (...faults) =>
  (index) =>
    faults[index]
