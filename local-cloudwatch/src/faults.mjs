/**
 * Ways in which CloudWatch, or the road to it, goes wrong. Each constructor returns a fault for
 * `setFault`; a fault meets one exchange in the place of the usual processing, which it may still
 * call (`proceed`).
 *
 * @typedef {import('./protocol.mjs').Answer & { dripMs?: number }} Answer
 *
 * @typedef {object} Exchange
 * @property {import('./server.mjs').ReceivedRequest} request
 * @property {(error: ServiceError) => Answer} refuse in the protocol of the request
 * @property {() => void} destroy the socket, without an answer
 * @property {AbortSignal} closing fires when the server closes
 *
 * @typedef {object} Fault
 * @property {(exchange: Exchange, proceed: () => Answer) => Promise<Answer | null> | Answer | null}
 *   meet answers, or `null` where nothing is ever answered
 * @property {string} [operation] the operation it applies to; PutMetricData unless said otherwise,
 *   `*` for all
 *
 * @typedef {(index: number, request: import('./server.mjs').ReceivedRequest) => Fault | undefined}
 *   FaultPlan asked at every request, reads too; `index` counts the PutMetricData requests since
 *   `setFault`, from 0
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { invalidValue, ServiceError } from './errors.mjs'

/**
 * Answers with a status of its own: as an AWS error when it is 400 or more, or with a `body` as it
 * stands, such as the page of a captive portal: `status(200, { body: '<html>' })`.
 *
 * @param {number} code HTTP status
 * @param {object} [options]
 * @param {string} [options.errorCode] default `InternalServiceError` from 500, `ValidationError` below
 * @param {string} [options.message]
 * @param {string | Buffer} [options.body] sent instead of an AWS error
 * @param {string} [options.contentType] of `body`, default `text/html`
 * @param {boolean} [options.queryError] `false` leaves `x-amzn-query-error` out, so that the body
 *   alone names the error; default `true`
 * @param {'before' | 'after'} [options.when] relative to applying the request; default `before`
 * @returns {Fault}
 */
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

/**
 * What CloudWatch answers past its rate: 400, `Throttling`, "Rate exceeded".
 *
 * @param {object} [options] as of `status`
 * @returns {Fault}
 */
export const throttle = (options) =>
  status(400, { errorCode: 'Throttling', message: 'Rate exceeded', ...options })

/**
 * @param {object} [options] as of `status`
 * @returns {Fault}
 */
export const accessDenied = (options) =>
  status(403, {
    errorCode: 'AccessDenied',
    message: 'User is not authorized to perform: cloudwatch:PutMetricData',
    ...options,
  })

/**
 * @param {object} [options] as of `status`
 * @returns {Fault}
 */
export const expiredToken = (options) =>
  status(403, {
    errorCode: 'ExpiredToken',
    message: 'The security token included in the request is expired',
    ...options,
  })

/** Reads the request and never answers; the socket stays open. @returns {Fault} */
export const hang = () => ({ meet: () => null })

/**
 * Resets the connection instead of answering.
 *
 * @param {object} [options]
 * @param {'before' | 'after'} [options.when] the request is applied; default `before`
 * @returns {Fault}
 */
export const reset = ({ when = 'before' } = {}) => ({
  meet({ destroy }, proceed) {
    if (when === 'after') proceed()
    destroy()
    return null
  },
})

/** Refuses, as too large, what holds more than `max` datums. @param {number} max @returns {Fault} */
export const tooManyDatums = (max) => ({
  meet({ request, refuse }, proceed) {
    const count = request.input?.MetricData?.length ?? 0
    if (count <= max) return proceed()
    return refuse(new ServiceError(413, 'RequestEntityTooLarge', `${count} datums exceed ${max}`))
  },
})

/**
 * Refuses every request that holds a datum of which `isPoison` is true.
 *
 * @param {(datum: Record<string, any>) => boolean} isPoison given a datum as in `request.input`
 * @returns {Fault}
 */
export const poison = (isPoison) => ({
  meet({ request, refuse }, proceed) {
    const index = (request.input?.MetricData ?? []).findIndex(isPoison)
    if (index === -1) return proceed()
    return refuse(invalidValue(`The parameter MetricData.member.${index + 1} is invalid.`))
  },
})

/**
 * Applies the request, and sends the answer one byte at a time.
 *
 * @param {{ delayMs: number }} options pause between two bytes
 * @returns {Fault}
 */
export const slowDrip = ({ delayMs }) => ({
  meet: (_exchange, proceed) => ({ ...proceed(), dripMs: delayMs }),
})

/** Waits, then processes the request as usual. @param {number} ms @returns {Fault} */
export const delay = (ms) => ({
  async meet({ closing }, proceed) {
    await sleep(ms, undefined, { signal: closing })
    return proceed()
  },
})

/** Applies a fault to another operation than PutMetricData. @returns {Fault} */
export const onOperation = (operation, fault) => ({ ...fault, operation })

/**
 * The first `count` of every `of` requests meet the fault: `outOf(3, 4, throttle())`.
 *
 * @returns {FaultPlan}
 */
export const outOf = (count, of, fault) => (index) => (index % of < count ? fault : undefined)

/** The first `count` requests meet the fault. @returns {FaultPlan} */
export const first = (count, fault) => (index) => (index < count ? fault : undefined)

/** One fault a request, in this order; `undefined` lets one through. @returns {FaultPlan} */
export const inOrder =
  (...faults) =>
  (index) =>
    faults[index]
