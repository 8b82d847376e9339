'use strict'

// Measures durations.

const { property } = require('../properties.js')
const { refuseFor } = require('../recorder.js')
const { TIMES } = require('./limits.js')

/**
 * Starts a timer. Returns a function that records the duration once, and returns it in the unit of the
 * metric. It takes the labels that were not known at the start.
 *
 * @param {{ unit: string, keys: string[] }} metric
 * @param {(value: number, labels: unknown) => void} record
 * @param {unknown} labels
 */
function startTimer({ unit, keys }, record, labels) {
  const began = now()
  let duration

  function stop(rest) {
    if (duration !== undefined) return duration
    duration = (now() - began) / TIMES.get(unit)
    try {
      record(duration, rest === undefined || rest === null ? labels : joined(keys, labels, rest))
    } catch (error) {
      refuseFor(error)
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

/** Returns the time in milliseconds. A test may have replaced the clock by one that fails. The record is then refused. */
function now() {
  try {
    const time = performance.now()
    return typeof time === 'number' ? time : Number.NaN
  } catch {
    return Number.NaN
  }
}

/** Returns the labels of both, and of one that is in both, the later value. Throws if one cannot be read. */
function joined(keys, labels, rest) {
  const all = Object.create(null)
  keys.forEach((key) => {
    all[key] = property(rest, key) ?? property(labels, key)
  })
  return all
}

module.exports = { startTimer }
