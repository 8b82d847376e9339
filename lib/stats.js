'use strict'

// Converts the native counters to the statistics that users get. Without counters, they are zero.

const { printable } = require('./show.js')

const ZEROS = {
  credentialSource: undefined,
  region: undefined,
  roleArn: undefined,
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
    unobserved: 0,
  },
  sanitized: 0,
  series: 0,
  rollups: {
    series: 0,
    stored: 0,
    applied: 0,
    buffered: 0,
    inFlight: 0,
    possiblyDuplicated: 0,
    dropped: 0,
  },
  overflowedSeries: 0,
  requests: 0,
  throttled: 0,
  retries: 0,
  bytesSent: { raw: 0, compressed: 0 },
  flushIntervalMs: 0,
  clockOffsetMs: 0,
  lastSuccessAt: undefined,
  lastError: undefined,
  spool: undefined,
}

/** Converts milliseconds since 1970-01-01 UTC to a date. */
function moment(millis) {
  return millis === null ? undefined : new Date(millis)
}

function errorOf({ code, message, namespace, time }) {
  return {
    code: printable(code),
    message: printable(message),
    namespace: namespace ?? undefined,
    time: moment(time),
  }
}

/**
 * @param {{ state: string, reason: string }} status state of metrics in this thread
 * @param {ReturnType<typeof import('../binding.js').stats> | undefined} counters counters of the
 *   process; none while metrics are not on
 */
function snapshot({ state, reason }, counters) {
  if (!counters)
    return {
      state,
      reason,
      ...ZEROS,
      dropped: { ...ZEROS.dropped },
      rollups: { ...ZEROS.rollups },
    }
  const { lastError, lastSuccessAt, region, roleArn } = counters
  return {
    // Metrics are on in the process, even if this thread has not recorded yet.
    state: 'on',
    reason: '',
    ...counters,
    region: region ?? undefined,
    roleArn: roleArn ?? undefined,
    lastSuccessAt: moment(lastSuccessAt),
    lastError: lastError ? errorOf(lastError) : undefined,
    spool: counters.spool ?? undefined,
  }
}

module.exports = { snapshot }
