'use strict'

// Measures durations.

const { performance } = require('node:perf_hooks')
const { TIMES } = require('./limits.js')

/**
 * Starts a timer. Returns a function that records the duration once, and returns it in the unit of the
 * metric. It takes the labels that were not known at the start.
 *
 * @param {{ unit: string }} metric
 * @param {(value: number, labels: unknown) => void} record
 * @param {unknown} labels
 */
function startTimer({ unit }, record, labels) {
  const began = performance.now()
  let duration

  function stop(rest) {
    if (duration !== undefined) return duration
    duration = (performance.now() - began) / TIMES.get(unit)
    record(duration, joined(labels, rest))
    return duration
  }

  // `using` calls it without an argument.
  if (Symbol.dispose) {
    const value = () => void stop()
    Object.defineProperty(stop, Symbol.dispose, { __proto__: null, value })
  }
  return stop
}

/** Returns the labels of both, and of one that is in both, the later value. What cannot be read is no label. */
function joined(labels, rest) {
  if (rest === undefined || rest === null) return labels
  try {
    return { __proto__: null, ...labels, ...rest }
  } catch {
    return undefined
  }
}

module.exports = { startTimer }
