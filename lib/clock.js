'use strict'

// The clocks. A test may have replaced one by a clock that throws, or that gives no number. Each function
// then returns `NaN`.

/** Returns the time of a monotonic clock in milliseconds. */
function now() {
  try {
    return number(performance.now())
  } catch {
    return Number.NaN
  }
}

/** Returns the milliseconds since 1970, which decide on the window of a record. */
function date() {
  try {
    return number(Date.now())
  } catch {
    return Number.NaN
  }
}

function number(time) {
  return typeof time === 'number' ? time : Number.NaN
}

module.exports = { date, now }
