'use strict'

// `defineMetrics`, and the recorders that it returns. Defining starts nothing and reads nothing.
//
// All definitions of a thread are kept, so that the same definition twice gives the same metrics, as after
// a hot reload or in two copies of the package, and so that a different one of the same name is refused.

const { copyOf } = require('../properties.js')
const { newMetric, refuseFor } = require('../recorder.js')
const { part } = require('../registry.js')
const { bind, compile } = require('./compile.js')
const { metricsOf } = require('./definition.js')
const { observe } = require('./observe.js')
const { counter, define, distribution, gauge, recorderBy } = require('./shape.js')
const { startTimer } = require('./timer.js')

/** As in `core/src/definition.rs`. */
const MOST_METRICS = 10_000

/** How many of these are kept for the catalogues of the package, which define theirs at their first record. */
const MOST_OF_CATALOGUES = 20

/** The key of the metrics of what `defineMetrics` returns, for tools that describe them. */
const METRICS = Symbol.for('@sim/hkm-native metrics')

/** Each known metric by its namespace and its name: its definition as text, and its recorder. */
const known = part('metrics', () => new Map())

/** See index.d.ts. */
const defineMetrics = (definition) => defineUpTo(MOST_METRICS - MOST_OF_CATALOGUES, definition)
/** The same, for a catalogue of the package. */
const defineCatalogue = (definition) => defineUpTo(MOST_METRICS, definition)

function defineUpTo(most, definition) {
  const defined = metricsOf(definition)
  defined.forEach(({ metric }) => {
    refuseOther(metric)
  })
  const added = defined.filter(({ metric }) => !known.has(placeOf(metric)))
  if (added.length > 0 && known.size + added.length > most) {
    throw new RangeError(`defineMetrics: a thread has at most ${most} metrics. Define them once`)
  }
  const recorders = {}
  const metrics = defined.map(({ key, metric }) => {
    const { recorder, metric: first } = knownOr(metric)
    define(recorders, key, recorder, true)
    return first
  })
  define(recorders, METRICS, Object.freeze(metrics), false)
  return Object.freeze(recorders)
}

/** Returns the metrics that are defined in this thread. */
const definedMetrics = () => Array.from(known.values(), ({ metric }) => metric)

const placeOf = ({ namespace, name }) => `${namespace}\n${name}`

/**
 * Describes a metric. Definitions with the same text are the same. A description, values and an optional
 * dimension beside one that is not change nothing that is recorded.
 */
function textOf(metric) {
  const { kind, unit, keys, names, constants, rollups, recommended } = metric
  const dimensions = keys.map((key, at) => `${JSON.stringify(key)}: ${JSON.stringify(names[at])}`)
  const fixed = constants.map((text) => JSON.stringify(text))
  const guarded = setOf(metric.guarded, keys)
  return [
    `${kind} in ${unit}`,
    metric.hasEnvironment ? '' : 'environment: false',
    fixed.length > 0 ? `defaultDimensions: ${fixed.join(' ')}` : '',
    `dimensions: {${dimensions.join(', ')}}`,
    keys.length > 0 && metric.isOptional ? 'all optional' : '',
    metric.guarded > 0 ? `redact: ${guarded}` : '',
    rollups.length > 0 ? `rollups: ${rollups.map((set) => setOf(set, keys)).join(' ')}` : '',
    recommended.length > 0
      ? `recommendedRollups: ${recommended.map((set) => setOf(set, keys)).join(' ')}`
      : '',
    metric.seconds > 0 ? `storageResolution: ${metric.seconds}` : '',
    metric.maxSeries > 0 ? `maxSeries: ${metric.maxSeries}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** Returns a set of dimensions, which is given as bits, as text. */
function setOf(bits, keys) {
  const within = keys.filter((_, at) => (bits >>> at) & 1)
  return `[${within.map((key) => JSON.stringify(key)).join(', ')}]`
}

function refuseOther(metric) {
  const other = known.get(placeOf(metric))
  if (other === undefined || other.text === textOf(metric)) return
  throw new TypeError(
    `defineMetrics: ${metric.namespace} ${metric.name} is defined already, and differently:\n` +
      `  known: ${other.text}\n  new:   ${textOf(metric)}`
  )
}

function knownOr(definition) {
  const place = placeOf(definition)
  const found = known.get(place)
  if (found !== undefined) return found
  const metric = newMetric(definition)
  const made = { metric: definition, text: textOf(definition), recorder: recorderOf(metric) }
  known.set(place, made)
  return made
}

function recorderOf(metric) {
  const record = compile(metric)
  const recorder = recorderBy(metric, {
    record,
    startTimer: (labels) => startTimer(metric, record, refuseFor, labels),
    observe(callback, labels) {
      const own = copyOf(labels, metric.keys)
      return observe(metric, bind(metric, own), callback, own)
    },
  })
  define(recorder, 'with', (labels) => Object.freeze(boundOf(metric, labels)), true)
  define(recorder, METRICS, metric.definition, false)
  return Object.freeze(recorder)
}

function boundOf(metric, labels) {
  const own = copyOf(labels, metric.keys)
  const record = bind(metric, own)
  return recorderBy(metric, {
    record,
    startTimer: () => startTimer(metric, record, refuseFor, undefined, []),
    observe: (callback) => observe(metric, record, callback, own),
  })
}

module.exports = {
  counter,
  defineCatalogue,
  definedMetrics,
  defineMetrics,
  distribution,
  gauge,
  METRICS,
}
