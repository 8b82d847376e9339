'use strict'

// The options of `flushMetrics`.

const { own } = require('./properties.js')
const { show } = require('./show.js')

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
  const given =
    typeof options === 'object' && options !== null ? own(options, 'timeoutMs') : undefined
  if (given === undefined) return DEFAULT_TIMEOUT_MS
  if (typeof given === 'number' && given >= 0 && given <= MAX_TIMEOUT_MS) return given
  throw new TypeError(
    `flushMetrics: timeoutMs must be a number from 0 to ${MAX_TIMEOUT_MS}, not ${show(given)}`
  )
}

module.exports = { timeoutOf }
