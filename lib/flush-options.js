'use strict'

// The options of `flushHostedKeyMetrics`.

// Milliseconds: two attempts that time out.
const DEFAULT_TIMEOUT_MS = 10_000
const MAX_TIMEOUT_MS = 600_000

/**
 * Returns the maximum duration of a flush, in milliseconds. Anything but an object with a property
 * `timeoutMs` of its own is ignored: a flush can be a listener, which gets arguments of its event.
 *
 * @throws {TypeError} if `timeoutMs` is out of range
 */
function timeoutOf(options) {
  const isGiven = typeof options === 'object' && options !== null
  const given = isGiven && Object.hasOwn(options, 'timeoutMs') ? options.timeoutMs : undefined
  if (given === undefined) return DEFAULT_TIMEOUT_MS
  if (typeof given === 'number' && given >= 0 && given <= MAX_TIMEOUT_MS) return given
  const shown = typeof given === 'string' ? JSON.stringify(given.slice(0, 40)) : typeof given
  throw new TypeError(
    `flushHostedKeyMetrics: timeoutMs must be a number from 0 to ${MAX_TIMEOUT_MS}, not ` +
      `${typeof given === 'number' ? given : shown}`
  )
}

module.exports = { timeoutOf }
