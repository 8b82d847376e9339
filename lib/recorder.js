'use strict'

// Labels -> series id -> ring, in one thread. Nothing is loaded, read or started before the first record.
//
// A series that is known costs a look-up (see `series.js`) and a store into shared memory. A new one asks the
// native table once. What the native table would not have remembered (a label that had to be changed, a
// series past `maxSeries`) is not remembered here either, so the maps are bounded by it.

const { isMainThread } = require('node:worker_threads')
const { seal } = require('./configuration.js')
const { flushOnDemand } = require('./flush.js')
const { load, whyNotLoaded } = require('./native.js')
const { openRing } = require('./ring.js')
const { Series } = require('./series.js')
const { installShutdown } = require('./shutdown.js')
const { snapshot } = require('./stats.js')
const { forward, warn } = require('./warnings.js')

// Set in a series id that must not be remembered for its labels; see `src/binding.rs`.
const UNCACHEABLE = 2 ** 31
const MOST_ID = 2 ** 32 - 1

// The longest that `flushHostedKeyMetrics` takes, in milliseconds: two attempts that time out.
const FLUSH_TIMEOUT_MS = 10_000

// A worker that is being terminated goes on for a moment, and its calls into the native side return `undefined` then.
// So each answer is checked before it is used.
const UNANSWERED = 'the native side did not answer'
const UNRESOLVED = new Error(UNANSWERED)

/** Whether metrics are off for good, and the state that the stats tell. */
const status = { isOff: false, state: 'idle', reason: 'nothing was recorded yet' }

/** @type {typeof import('../binding.js')} */
let binding
/** Where records go: nowhere, while metrics are not on. */
const drop = () => {}
/** @type {{ write: (id: number, value: number) => void, lose: () => void }} */
const ring = { write: drop, lose: drop }

/** Describes a metric to `find`: its CloudWatch name, its number of labels, and the series known so far. */
function metric(name, labels) {
  return { name, labels, series: new Series(labels) }
}

/**
 * The id of the series of up to four labels, in the order of the metric's dimensions; further ones are `undefined`. What
 * is to be recorded comes later, with `write`: a call that is not inlined would have to allocate for a number with a
 * fraction. Throws when a label is not acceptable; the facade counts that.
 */
function find(metric, a, b, c, d) {
  if (ring.write === drop && !start()) return 0
  const id = metric.series.find(a, b, c, d)
  return id === undefined ? resolve(metric, [a, b, c, d]) : id
}

/** Asks for the id of labels that are not known, and remembers it. */
function resolve(metric, all) {
  const labels = all.slice(0, metric.labels)
  const id = binding.resolve(metric.name, labels.map(text))
  if (!(Number.isInteger(id) && id >= 0 && id <= MOST_ID)) throw UNRESOLVED
  if (id >= UNCACHEABLE) return id - UNCACHEABLE
  metric.series.add(labels, id)
  return id
}

/** A label as text; `undefined` leaves its dimension out. */
function text(label) {
  switch (typeof label) {
    case 'string':
      // Half of a surrogate pair is not counted as changed on Bun.
      return label.toWellFormed()
    case 'number':
    case 'boolean':
      return String(label)
    case 'undefined':
      return undefined
    default:
      if (label === null) return undefined
      throw new TypeError(`a label is text, not ${typeof label}`)
  }
}

/** Turns metrics on or off for this thread, once. Returns whether they are on. */
function start() {
  if (status.isOff) return false
  // Told in the end: a logger may record.
  const problems = []
  let whyOff
  try {
    whyOff = turnOn(problems)
  } catch (error) {
    whyOff = String(error)
    problems.push(`Metrics are off: ${whyOff}`)
  }
  status.isOff = whyOff !== ''
  status.state = status.isOff ? 'off' : 'on'
  status.reason = whyOff
  problems.forEach(warn)
  return !status.isOff
}

/** Returns why metrics cannot be turned on; an empty text when they are. */
function turnOn(problems) {
  const sealed = seal()
  const { options, variables } = sealed
  problems.push(...sealed.problems)
  if (options.enabled === 'false') return 'disabled by configuration'
  binding = load()
  if (binding === undefined) {
    problems.push(whyNotLoaded())
    return 'the native binary could not be loaded'
  }
  const isHighResolution = options.storageResolution === 1
  const settings = { ...options, isHighResolution, variables: Object.entries(variables).flat() }
  const started = binding.start(settings, isMainThread, () => forward(binding))
  if (typeof started === 'string') return started
  if (typeof started !== 'number') throw new Error(UNANSWERED)
  Object.assign(ring, openRing(binding))
  // Another copy of this thread, in a `vm` context of its own, may handle the end.
  if (binding.handleEnd(isMainThread)) installShutdown(binding, started, sendEachRecord)
  return ''
}

/** Listeners of `exit` that come after the last flush may still record. */
function sendEachRecord(settle) {
  const { write } = ring
  ring.write = (id, value) => {
    write(id, value)
    settle()
  }
}

/** Counts a record that cannot be recorded. Never throws. */
function refuse(reason) {
  try {
    if (ring.write === drop && !start()) return
    if (binding.refuse(reason) !== true) ring.lose()
  } catch (error) {
    warn(`A record could not be counted: ${error}`)
  }
}

/** Counts a record for which `find` threw. Never throws. */
function refuseFor(error) {
  refuse(error === UNRESOLVED ? 'unresolved' : 'invalidLabel')
}

/** Counts a value that had to be changed. Never throws. */
function countSanitized() {
  try {
    if (ring.write !== drop || start()) binding.countSanitized()
  } catch (error) {
    warn(`A record could not be counted: ${error}`)
  }
}

/** The binding, if some thread of the process may have recorded. */
function running() {
  return status.isOff ? undefined : (binding ?? load())
}

async function flush() {
  try {
    const native = running()
    if (native?.stats()) await flushOnDemand(native, FLUSH_TIMEOUT_MS)
  } catch (error) {
    warn(`Metrics could not be flushed: ${error}`)
  }
}

function stats() {
  return snapshot(status, running()?.stats())
}

module.exports = {
  find,
  flush,
  metric,
  refuse,
  refuseFor,
  ring,
  countSanitized,
  stats,
  status,
}
