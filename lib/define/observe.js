'use strict'

// Calls the callbacks of gauges, once soon after they are added and then once a window. The timer keeps no
// process alive, and no callback can fail a record or end the process. During a capture, `observeNow` alone
// calls them, so that a test knows how many samples there are.

const { clearTimeout, setTimeout } = require('node:timers')
const { property } = require('../properties.js')
const { refuse, status } = require('../recorder.js')
const { part } = require('../registry.js')
const { warn } = require('../warnings.js')
const { messageOf } = require('./given.js')

const MINUTE_MS = 60_000
const SECOND_MS = 1_000

/** The maximum number of callbacks that a thread calls. It limits what a program costs that adds them in a loop. */
const MOST_CALLBACKS = 10_000

/**
 * For each callback that has not ended, a function that calls it, and returns a promise if it does; and
 * the metrics that this thread has warned about.
 */
const { takes, told } = part('callbacks', () => ({ takes: new Set(), told: new Set() }))

/**
 * Records what a callback returns, or what its promise resolves to. Returns a function that ends this.
 *
 * @param {object} metric
 * @param {(value: unknown, labels: unknown) => void} record
 * @param {() => unknown} callback
 * @param {unknown} labels
 */
function observe(metric, record, callback, labels) {
  let isOver = false
  let isPending = false
  let timer

  function next(afterMs) {
    timer = setTimeout(look, afterMs)
    // A test may have replaced the timers.
    timer?.unref?.()
  }

  function look() {
    try {
      if (!status.isOff && status.capture === undefined) take()
    } finally {
      // The first record may have set the resolution.
      if (!isOver) next((metric.seconds || status.seconds) === 1 ? SECOND_MS : MINUTE_MS)
    }
  }

  function take() {
    if (isPending) return fail('has not come back')
    let value
    try {
      value = callback()
    } catch (error) {
      return fail(`threw ${messageOf(error)}`)
    }
    if (!isPromise(value)) return give(value)
    isPending = true
    return settle(value)
  }

  async function settle(promise) {
    try {
      give(await promise)
    } catch (error) {
      fail(`rejected with ${messageOf(error)}`)
    } finally {
      isPending = false
    }
  }

  function give(value) {
    // A callback may have ended itself.
    if (!isOver) record(value, labels)
  }

  function fail(what) {
    if (isOver) return
    refuse('unobserved', metric, undefined, labels)
    if (told.has(metric)) return
    told.add(metric)
    warn(`The callback of the gauge ${metric.namespace} ${metric.name} ${what}`)
  }

  function end() {
    if (isOver) return
    isOver = true
    takes.delete(take)
    clearTimeout(timer)
  }

  if (typeof callback !== 'function') {
    fail('is no function')
    end()
  } else if (takes.size >= MOST_CALLBACKS) {
    fail(`is one of more than ${MOST_CALLBACKS} in this thread, and is not called. Add it once`)
    end()
  } else {
    takes.add(take)
    next(0)
  }
  return end
}

/** Calls each callback once. Resolves when all that they returned is recorded or counted. */
async function observeNow() {
  const all = Array.from(takes)
  // A callback may end another one.
  const taken = all.map((take) => (takes.has(take) ? take() : undefined))
  for (let at = 0; at < taken.length; at++) await taken[at]
}

function isPromise(value) {
  try {
    return typeof property(value, 'then') === 'function'
  } catch {
    return false
  }
}

module.exports = { observe, observeNow }
