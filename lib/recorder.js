'use strict'

// Labels -> series id -> ring, in one thread. Nothing reads the environment, starts a thread or
// opens a ring before the first record. `flush` and `stats` may load the native binary before that.
//
// A record of a series in memory costs one look-up (see `series.js`) and one store into shared
// memory. A record of another series costs a native call.

const { isMainThread } = require('node:worker_threads')
const { openCalls } = require('./calls.js')
const { seal } = require('./configuration.js')
const { installEnding } = require('./ending.js')
const { flushOnDemand, result } = require('./flush.js')
const { timeoutOf } = require('./flush-options.js')
const { text, wellFormed } = require('./label.js')
const { listen } = require('./listen.js')
const { isPaused, load, whyNotLoaded } = require('./native.js')
const { append, own, property } = require('./properties.js')
const { openRing } = require('./ring.js')
const { join, Series } = require('./series.js')
const { startThreads } = require('./start-threads.js')
const { snapshot } = require('./stats.js')
const { threadState } = require('./thread-state.js')
const { readAllVariables } = require('./variables.js')
const { warn } = require('./warnings.js')

// Bit of a resolved id that any number of labels can have; see `src/binding.rs`.
const SHARED = 2 ** 31
const MOST_ID = 2 ** 32 - 1

// Bit of an id in the ring that counts the record as sanitized; see `core/src/series.rs`.
const SANITIZED = 2 ** 29

// JavaScriptCore interrupts a thread by traps that it writes into code. V8 does not.
const ENGINE_USES_TRAPS = Boolean(own(process.versions, 'bun'))

// A worker that is being terminated continues for a moment. Its native calls then return
// `undefined` without an error, so each answer is checked before it is used.
const UNANSWERED = 'the native side did not answer'
const UNRESOLVED = new Error(UNANSWERED)

const NOT_LOADED = 'the native binary could not be loaded'

/** The state of metrics in this thread. `isOff` stays true once it is. */
const status = { isOff: false, state: 'idle', reason: 'nothing was recorded yet' }

/** The problems that this thread has warned about. */
const told = new Set()

/** @type {typeof import('../binding.js')} */
let binding
/** Ignores records while metrics are not on. */
const drop = () => {}
/** @type {{ write: (id: number, value: number) => void, lose: () => void }} */
const ring = { write: drop, lose: drop }

/** Makes a metric for `find`: its CloudWatch name, its number of labels, and its known series. */
function metric(name, labels) {
  return { name, labels, series: new Series(labels) }
}

/**
 * Returns the id of the series of up to four labels, in the order of the metric's dimensions;
 * further ones are `undefined`. The first call turns metrics on or off. Throws if a label is not
 * acceptable or the native side does not answer; the facade counts that.
 *
 * The value is not a parameter: a call that is not inlined allocates for a number with a fraction.
 */
function find(metric, a, b, c, d) {
  if (ring.write === drop && !start()) return 0
  const id = metric.series.find(a, b, c, d)
  return id === undefined ? resolve(metric, [a, b, c, d]) : id
}

/** Gets the id of labels from the native side, and remembers it. */
function resolve({ name, labels: count, series }, all) {
  const labels = all.slice(0, count)
  const texts = labels.map(text)
  const joined = join(texts)
  const known = series.recall(labels, joined)
  if (known !== undefined) return known
  const answer = binding.resolve(name, texts.map(wellFormed))
  if (!(Number.isInteger(answer) && answer >= 0 && answer <= MOST_ID)) throw UNRESOLVED
  // A bitwise operation gives a small integer, which engines store and compare as such.
  const id = answer & (SHARED - 1)
  series.remember(labels, joined, id, answer >= SHARED)
  return id
}

/**
 * Turns metrics on or off for this thread, once. If the binary could not be loaded but may be later,
 * metrics stay off until a later record finds that it can. Returns whether metrics are on.
 */
function start() {
  if (status.isOff || (status.state === 'off' && isPaused())) return false
  // Warnings are given last, because a logger may record.
  let problems = []
  let whyOff
  let isTransient = false
  try {
    const sealed = seal()
    problems = sealed.problems
    whyOff = turnOn(sealed)
    if (whyOff === NOT_LOADED) {
      const why = whyNotLoaded()
      isTransient = why.isTransient
      // Another thread has already warned about the same installation.
      if (sealed.isFirst || isTransient) problems = [...problems, why.warning]
    }
  } catch (error) {
    whyOff = String(property(error, 'message') || error)
    problems = [...problems, `Metrics are off: ${whyOff}`]
  }
  status.isOff = whyOff !== '' && !isTransient
  status.state = whyOff === '' ? 'on' : 'off'
  status.reason = whyOff
  problems.filter(isNew).forEach(warn)
  return whyOff === ''
}

/** Whether a problem was not told by an earlier attempt to start. */
function isNew(problem) {
  if (told.has(problem)) return false
  told.add(problem)
  return true
}

/** Turns metrics on. Returns why that is not possible, or an empty string. */
function turnOn({ options, variables, problem }) {
  if (options.enabled === 'false') return problem ?? 'disabled by configuration'
  binding = load()
  if (binding === undefined) return NOT_LOADED
  // A profile may have a command that gives credentials. Profiles are used only on request.
  const all = options.enabled === 'true' && mayRunChildren() ? readAllVariables() : {}
  const started = binding.start(
    namesAndTexts(options),
    namesAndTexts(variables),
    namesAndTexts(all)
  )
  if (typeof started === 'string') return started
  if (typeof started !== 'number') throw new Error(UNANSWERED)
  threadState(binding).endTimeoutMs = started
  listen(binding, true)
  Object.assign(ring, openRing(binding) ?? openCalls(binding))
  append(threadState(binding).rings, new WeakRef(ring))
  // `false` in a worker. Also `false` if another copy in this thread handles the end, such as one
  // in a `vm` context.
  const listensToCrashes = ['SIGABRT', 'SIGTRAP'].some((name) => process.listenerCount(name) > 0)
  if (binding.handleEnd(isMainThread, ENGINE_USES_TRAPS, listensToCrashes)) {
    const handlesSignals = options.signals
    installEnding(binding, { timeoutMs: started, handlesSignals, onRecord })
  }
  startThreads(binding)
  return ''
}

/** Node's permission model applies to JavaScript alone, and the native side keeps to it. */
function mayRunChildren() {
  return own(process, 'permission')?.has('child') !== false
}

/**
 * Returns each name, followed by its value as text. What is `undefined` is left out. The native side
 * takes no objects, because it would also read properties of `Object.prototype`.
 */
function namesAndTexts(values) {
  const set = Object.keys(values).filter((name) => values[name] !== undefined)
  return set.flatMap((name) => [name, String(values[name])])
}

/** Makes each further record of this thread call `settle`: listeners of `exit` may record. */
function onRecord(settle) {
  for (const reference of threadState(binding).rings) {
    const ring = reference.deref()
    if (ring === undefined) continue
    const { write } = ring
    ring.write = (id, value) => {
      write(id, value)
      settle()
    }
  }
}

/** Counts a record that is dropped. Never throws. */
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

/**
 * Returns the binding, unless metrics are off in this thread. Loads it if needed, because another
 * thread may have recorded.
 */
function running() {
  return status.isOff ? undefined : (binding ?? load())
}

/** See index.d.ts. */
function flush(options) {
  try {
    const withinMs = timeoutOf(options)
    const native = running()
    return native ? flushOnDemand(native, withinMs) : Promise.resolve(result(true, 0))
  } catch (error) {
    return Promise.reject(error)
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
  SANITIZED,
  stats,
  status,
}
