/** When a request was signed, by the headers of Signature Version 4. The signature itself is not checked. */

import { ServiceError } from './errors.mjs'

/**
 * Milliseconds that the time of a signature may differ from the time of its arrival. Source: CloudWatch API Reference,
 * "Common Errors": "more than 15 minutes".
 */
const MAX_SKEW_MS = 15 * 60 * 1000

const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/**
 * The error that refuses a request whose signature is too old or from the future, with the code and the messages that
 * public issue reports quote.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {number} now milliseconds since the epoch
 * @returns {ServiceError | undefined} `undefined` too where nothing is signed
 */
export function expiredSignature(headers, now) {
  const signed = headers['x-amz-date']
  const [, ...digits] = DATE.exec(signed ?? '') ?? []
  if (digits.length === 0 || headers.authorization === undefined) return undefined
  const [year, month, ...rest] = digits.map(Number)
  const skew = Date.UTC(year, month - 1, ...rest) - now
  if (Math.abs(skew) <= MAX_SKEW_MS) return undefined
  const allowed = `${MAX_SKEW_MS / 60_000} min.`
  const message =
    skew < 0
      ? `Signature expired: ${signed} is now earlier than ${basic(now - MAX_SKEW_MS)} (${basic(now)} - ${allowed})`
      : `Signature not yet current: ${signed} is still later than ${basic(now + MAX_SKEW_MS)} (${basic(now)} + ${allowed})`
  return new ServiceError(403, 'SignatureDoesNotMatch', message)
}

/** The basic format of ISO 8601, in seconds. */
const basic = (time) => new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '')
