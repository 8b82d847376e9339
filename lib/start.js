'use strict'

// Turns metrics on at the first record of a thread, flushes, and reads the statistics. `flush` and
// `stats` may load the native binary before the first record.

const { isMainThread } = require('node:worker_threads')
const { openCalls } = require('./calls.js')
const { seal } = require('./configuration.js')
const { installEnding } = require('./ending.js')
const { status } = require('./first-use.js')
const { flushOnDemand, progressOf, result } = require('./flush.js')
const { timeoutOf } = require('./flush-options.js')
const { listen } = require('./listen.js')
const { isLoaded, isPaused, load, whyNotLoaded } = require('./native.js')
const { append, own, property } = require('./properties.js')
const { recordTo, ring } = require('./recorder.js')
const { part } = require('./registry.js')
const { warnOfRefused } = require('./refused.js')
const { openRing } = require('./ring.js')
const { startThreads } = require('./start-threads.js')
const { snapshot } = require('./stats.js')
const { threadState } = require('./thread-state.js')
const { readAllVariables } = require('./variables.js')
const { warn } = require('./warnings.js')

// JavaScriptCore interrupts a thread by traps that it writes into code. V8 does not.
const ENGINE_USES_TRAPS = Boolean(own(process.versions, 'bun'))

const UNANSWERED = 'the native side did not answer'
const NOT_LOADED = 'the native binary could not be loaded'

/** The state during a capture. The counters are those of other records. */
const CAPTURED = { state: 'off', reason: 'records are captured by captureMetrics()' }

/** The problems that this thread has warned about. */
const told = part('told', () => new Set())

/** @type {typeof import('../binding.js')} */
let binding

/**
 * Turns metrics on or off for this thread, once. If the binary could not be loaded but may be later,
 * metrics stay off until a later record finds that it can. Returns whether metrics are on.
 */
function start() {
  if (status.state === 'off' && isPaused()) return false
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
  status.seconds = options.storageResolution
  listen(binding, true)
  const side = { define, resolve, refuse, filter: binding.filter }
  recordTo(side, openRing(binding) ?? openCalls(binding))
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

/** Returns the id of a metric. The native side takes no objects; see `namesAndTexts`. */
function define(metric) {
  const { namespace, name, kind, unit, constants, names, hasEnvironment, guarded } = metric
  const { rollups, recommended, seconds, maxSeries } = metric
  const texts = [namespace, name, kind, unit, ...constants]
  const limits = [seconds, maxSeries]
  return binding.define(texts, names, hasEnvironment, guarded, rollups, recommended, limits)
}

// What only a capture uses is not passed on.
const resolve = (metric, texts) => binding.resolve(metric, texts)
function refuse(reason, metric, value, labels) {
  const isCounted = binding.refuse(reason)
  if (isCounted === true && (reason === 'invalidValue' || reason === 'invalidLabel'))
    warnOfRefused(reason, metric, value, labels)
  return isCounted
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

/**
 * Returns the binding, unless metrics are off in this thread. Loads it if needed, because another
 * thread may have recorded. A capture does not load it.
 */
function running() {
  if (status.isOff || (status.capture && !isLoaded())) return undefined
  return binding ?? load()
}

/** See index.d.ts. */
function flush(options) {
  try {
    const withinMs = timeoutOf(options)
    const native = running()
    if (native === undefined) return Promise.resolve(result(true, 0))
    return status.capture ? pendingOf(native) : flushOnDemand(native, withinMs)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Returns what a flush of no time would return. During a capture, a flush sends nothing. */
function pendingOf(native) {
  const { unsettled } = progressOf(native)
  return Promise.resolve(result(unsettled === 0, unsettled))
}

function stats() {
  const all = snapshot(status, running()?.stats())
  return status.capture ? { ...all, ...CAPTURED } : all
}

module.exports = { flush, start, stats }
