'use strict'

// Calls the callbacks of gauges once in each window; see `schedule.js`. No callback can fail a record or end
// the process. During a capture, `observeNow` alone calls them, so that a test knows how many samples there are.
//
// Labels have one callback in a thread. A later one replaces it, and keeps its windows: a module that is
// evaluated again, as by a hot reload, would otherwise leave the callback of each evaluation behind, which
// records the state of an object that is no longer in use.

const { filled } = require('../label.js')
const { property } = require('../properties.js')
const { refuse, status, whenOn } = require('../recorder.js')
const { part } = require('../registry.js')
const { join } = require('../series.js')
const { warnLimited, warnOfOne } = require('../warnings.js')
const { eachWindow, metricsAreOn } = require('./schedule.js')

const MINUTE_MS = 60_000
const SECOND_MS = 1_000

/** The maximum number of callbacks that a thread calls. It limits what a program costs that adds them in a loop. */
const MOST_CALLBACKS = 10_000

// What a warning shows of an error. Its message can have a secret in it, such as the URL of a database.
const NAME = /^[A-Za-z_$][\w$]{0,63}$/
const CODE = /^[A-Z\d_]{1,40}$/

/**
 * A callback that has not ended, and the samples that it gives.
 *
 * @typedef {object} Observation
 * @property {object} metric
 * @property {string} place the metric and the labels, as text
 * @property {unknown} labels
 * @property {(value: unknown) => void} record
 * @property {() => unknown} callback
 * @property {object | undefined} pending the call whose promise has not settled
 * @property {boolean} isTold whether there was a warning about it
 */

/**
 * By their place, the callbacks that have not ended, and what ends their calls.
 *
 * @type {Map<string, { observation: Observation, stop: () => void }>}
 */
const observers = part('observers', () => new Map())

whenOn(metricsAreOn)

/**
 * Records what a callback returns, or what its promise resolves to. Returns a function that ends this.
 *
 * @param {object} metric
 * @param {(value: unknown) => void} record with these labels
 * @param {() => unknown} callback
 * @param {unknown} labels
 */
function observe(metric, record, callback, labels) {
  const place = placeOf(metric, labels)
  const given = { metric, place, labels, record, callback }
  const observation = { ...given, pending: undefined, isTold: false }
  if (typeof callback !== 'function') {
    refuseAlways('no function', metric, labels, 'is no function')
    return end
  }
  const known = observers.get(place)
  if (known !== undefined) {
    known.observation = observation
  } else if (observers.size >= MOST_CALLBACKS) {
    const why = `is one of more than ${MOST_CALLBACKS} in this thread, and is not called. Add it once`
    refuseAlways('too many callbacks', metric, labels, why)
  } else {
    const observer = { observation, stop: undefined }
    observers.set(place, observer)
    observer.stop = eachWindow(look, () => windowOf(metric), status.state === 'on')
  }

  function look() {
    if (!status.isOff && status.capture === undefined) take(observers.get(place).observation)
  }

  function end() {
    const observer = observers.get(place)
    if (observer?.observation !== observation) return
    observers.delete(place)
    observer.stop()
  }
  return end
}

function windowOf(metric) {
  return (metric.seconds || status.seconds) === 1 ? SECOND_MS : MINUTE_MS
}

/** Calls a callback. Returns a promise if it does. */
function take(observation) {
  const call = { capture: status.capture }
  const { callback, pending } = observation
  // A call of another capture holds up none of this one.
  if (pending !== undefined && pending.capture === call.capture)
    return fail(observation, call, 'has not come back')
  let value
  try {
    value = callback()
  } catch (error) {
    return fail(observation, call, `threw ${kindOf(error)}`)
  }
  if (!isPromise(value)) return give(observation, call, value)
  observation.pending = call
  return settle(observation, call, value)
}

async function settle(observation, call, promise) {
  try {
    give(observation, call, await promise)
  } catch (error) {
    fail(observation, call, `rejected with ${kindOf(error)}`)
  } finally {
    if (observation.pending === call) observation.pending = undefined
  }
}

function give(observation, call, value) {
  if (isValid(observation, call)) observation.record(value)
}

function fail(observation, call, what) {
  if (!isValid(observation, call)) return
  refuse('unobserved', observation.metric, undefined, observation.labels)
  const isFirst = !observation.isTold
  if (warnOfOne('callback', warningOf(observation.metric, what), isFirst)) observation.isTold = true
}

/**
 * Whether a sample counts. A callback may have ended itself, or been replaced. A sample belongs to the capture in
 * which its call began, and to no other.
 */
function isValid(observation, { capture }) {
  const isCurrent = observers.get(observation.place)?.observation === observation
  return isCurrent && status.capture === capture
}

/** Counts a callback that is never called, where metrics are on. It turns nothing on. */
function refuseAlways(kind, metric, labels, what) {
  if (status.state === 'on' || status.capture !== undefined)
    refuse('unobserved', metric, undefined, labels)
  warnLimited(kind, warningOf(metric, what))
}

function warningOf({ namespace, name }, what) {
  return `The callback of the gauge ${namespace} ${name} ${what}`
}

/** Returns the metric and the labels as text. Labels that cannot be read or recorded have one text. */
function placeOf({ namespace, name, keys }, labels) {
  const metric = `${namespace}\n${name}`
  try {
    return `${metric}\n${join(keys.map((key) => filled(property(labels, key))))}`
  } catch {
    return metric
  }
}

/** Returns the name and the code of what was thrown, which can be anything. */
function kindOf(error) {
  try {
    if (error === undefined || error === null) return String(error)
    if (Object(error) !== error) return `a ${typeof error}`
    const name = property(error, 'name')
    const code = String(property(error, 'code') ?? '')
    const shown = typeof name === 'string' && NAME.test(name) ? name : 'an error'
    return CODE.test(code) ? `${shown} (${code})` : shown
  } catch {
    return 'an error'
  }
}

/** Calls each callback once. Resolves when all that they returned is recorded or counted. */
async function observeNow() {
  const all = Array.from(observers.values())
  // A callback may end or replace another one.
  const taken = all.map((observer) => {
    const { observation } = observer
    return observers.get(observation.place) === observer ? take(observation) : undefined
  })
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
