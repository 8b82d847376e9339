'use strict'

// The snapshot that users look at: the native counters, or zeros where there are none.

const ZEROS = {
  credentialSource: undefined,
  recorded: 0,
  applied: 0,
  buffered: 0,
  inFlight: 0,
  possiblyDuplicated: 0,
  dropped: {
    invalidValue: 0,
    invalidLabel: 0,
    bufferFull: 0,
    tooOld: 0,
    rejected: 0,
    unresolved: 0,
  },
  sanitized: 0,
  series: 0,
  overflowedSeries: 0,
  requests: 0,
  throttled: 0,
  retries: 0,
  bytesSent: { raw: 0, compressed: 0 },
  lastSuccessAt: undefined,
  lastError: undefined,
}

/** A moment, from milliseconds since the epoch. */
function moment(millis) {
  return typeof millis === 'number' ? new Date(millis) : undefined
}

/**
 * @param {{ state: string, reason: string }} status of this thread
 * @param {ReturnType<typeof import('../binding.js').stats> | undefined} counters of the process
 */
function snapshot({ state, reason }, counters) {
  if (!counters) return { state, reason, ...ZEROS, dropped: { ...ZEROS.dropped } }
  const { lastError, lastSuccessAt } = counters
  return {
    // Another thread may have turned metrics on.
    state: 'on',
    reason: '',
    ...counters,
    lastSuccessAt: moment(lastSuccessAt),
    lastError: lastError && { ...lastError, time: moment(lastError.time) },
  }
}

module.exports = { snapshot }
