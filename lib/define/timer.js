'use strict'

// Measures durations.

const { now } = require('../clock.js')
const { copyOf, pick, property } = require('../properties.js')
const { TIMES } = require('./limits.js')

/**
 * Starts a timer. Returns a function that records the duration once, and returns it in the unit of the
 * metric. It takes the labels that were not given at the start, and reads no other: as in
 * `promise.then(stop)`, its argument can be anything.
 *
 * @param {{ unit: string, keys: string[] }} metric
 * @param {(value: number, labels: unknown) => void} record
 * @param {(error: unknown, metric: object, value: number, labels: unknown) => void} refuseFor
 * @param {unknown} labels
 * @param {string[]} keys those of the labels that `record` takes
 */
function startTimer(metric, record, refuseFor, labels, keys = metric.keys) {
  const began = now()
  // The object may change before the timer is stopped.
  const given = copyOf(labels, keys)
  let duration

  function stop(rest) {
    if (duration !== undefined) return duration
    duration = (now() - began) / TIMES.get(metric.unit)
    try {
      record(duration, joined(given, rest, keys))
    } catch (error) {
      refuseFor(error, metric, duration, given ?? rest)
    }
    return duration
  }

  // `using` calls it without an argument.
  if (Symbol.dispose) {
    const value = () => void stop()
    Object.defineProperty(stop, Symbol.dispose, { __proto__: null, value })
  }
  return stop
}

/** Returns the given labels, and those that are missing from the rest. Throws if one of these cannot be read. */
function joined(given, rest, keys) {
  if (rest === undefined || rest === null) return given
  const missing = keys.filter((key) => (property(given, key) ?? null) === null)
  if (missing.length === 0) return given
  return { ...given, ...pick(rest, missing) }
}

module.exports = { startTimer }
