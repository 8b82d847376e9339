'use strict'

// Calls the callbacks of gauges, once soon after they are added and then once a window. The timer keeps no
// process alive, and no callback can fail a record or end the process.

const { setTimeout } = require('node:timers')
const { property } = require('../properties.js')
const { refuse, status } = require('../recorder.js')
const { warn } = require('../warnings.js')

const MINUTE_MS = 60_000
const SECOND_MS = 1_000

/** The metrics that this thread has warned about. */
const told = new Set()

/**
 * Records what a callback returns, or what its promise resolves to. Returns a function that ends this.
 *
 * @param {object} metric
 * @param {(value: unknown, labels: unknown) => void} record
 * @param {() => unknown} callback
 * @param {unknown} labels
 */
function observe(metric, record, callback, labels) {
  const windowMs = metric.seconds === 1 ? SECOND_MS : MINUTE_MS
  let isOver = false
  let isPending = false
  let timer

  function next(afterMs) {
    timer = setTimeout(look, afterMs)
    // A test may have replaced the timers.
    timer?.unref?.()
  }

  function look() {
    if (isOver) return
    next(windowMs)
    if (status.isOff) return
    if (isPending) return fail('has not come back')
    let value
    try {
      value = callback()
    } catch (error) {
      return fail(`threw ${describe(error)}`)
    }
    if (!isPromise(value)) return record(value, labels)
    isPending = true
    settle(value)
  }

  async function settle(promise) {
    try {
      const value = await promise
      if (!isOver) record(value, labels)
    } catch (error) {
      fail(`rejected with ${describe(error)}`)
    } finally {
      isPending = false
    }
  }

  function fail(what) {
    if (isOver) return
    refuse('unobserved')
    if (told.has(metric)) return
    told.add(metric)
    warn(`The callback of the gauge ${metric.namespace} ${metric.name} ${what}`)
  }

  if (typeof callback === 'function') next(0)
  else fail('is no function')
  return function end() {
    isOver = true
    clearTimeout(timer)
  }
}

function isPromise(value) {
  try {
    return typeof property(value, 'then') === 'function'
  } catch {
    return false
  }
}

function describe(error) {
  try {
    return String(property(error, 'message') ?? error)
  } catch {
    return 'an error'
  }
}

module.exports = { observe }
