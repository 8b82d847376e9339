'use strict'

// Makes the function that records a metric. It checks the value, looks up the series of the labels and
// writes the record to memory that a native thread shares; see `lib/recorder.js`. It never throws.
//
// One function for all metrics would read labels by names that it does not know, and engines make such
// a function half as fast. Therefore each metric gets a function whose source contains its names. Where
// making functions from text is forbidden, metrics share one, which does the same.

const { addsLabels, append, withoutAdded } = require('../properties.js')
const recorder = require('../recorder.js')
const { FEW, mark, PROBES, SPREAD } = require('../series.js')
const { isDuration } = require('./limits.js')

// The maximum of an absolute value. Source: PutMetricData, MetricDatum, `Value`.
const MAX_VALUE = 2 ** 360
// CloudWatch refuses a smaller absolute value, unless it is zero.
const MIN_VALUE = 2 ** -360

const { find, findList, findMany, refuse, refuseFor, ring, SANITIZED, status } = recorder
const NO_LABELS = Object.freeze(Object.create(null))

/** What the made functions use. */
const SCOPE = {
  __proto__: null,
  addsLabels,
  withoutAdded,
  find,
  findMany,
  mark,
  refuse,
  refuseFor,
  ring,
  status,
  BASE: Object.prototype,
  NO_LABELS,
  MAX_VALUE,
  MIN_VALUE,
  SANITIZED,
}

let isForbidden = false

/**
 * Returns the function that records a value with labels.
 *
 * @param {import('./definition.js').Metric & object} metric with its `series`
 * @returns {(value: unknown, labels?: unknown) => void}
 */
function compile(metric) {
  if (!isForbidden) {
    try {
      const names = Object.keys(SCOPE)
      const make = new Function('metric', ...names, sourceOf(metric))
      return make(metric, ...names.map((name) => SCOPE[name]))
    } catch {
      isForbidden = true
    }
  }
  return interpret(metric)
}

function sourceOf(metric) {
  const { keys, isOptional } = metric
  const { least, exactBelow } = rangeOf(metric)
  const literal = keys.map((key) => JSON.stringify(key))
  const isAdded = literal.map((key) => `${key} in BASE`).join(' || ') || 'false'
  const given = isOptional ? 'labels ?? NO_LABELS' : 'labels'
  return `'use strict'
return function record(value, labels) {
  if (status.isOff) return
  if (!(typeof value === 'number' && value <= MAX_VALUE && value >= ${least})) return refuse('invalidValue', metric, value, labels)
  try {
    ${keys.length > 0 ? `const given = ${isAdded} ? withoutAdded(${given}, metric.keys) : ${given}` : ''}
    ${keys.length > FEW ? lookUpMany(literal) : `const id = find(metric${literal.map((key) => `, given[${key}]`).join('')})`}
    if (value >= MIN_VALUE || value === 0 || value <= ${exactBelow}) ring.write(id, value)
    else ring.write(id | SANITIZED, 0)
  } catch (error) {
    refuseFor(error, metric, value, labels)
  }
}`
}

/** Looks a series up in the table of its metric, as `find` does for few labels. */
function lookUpMany(literal) {
  const all = literal.map((_, at) => `l${at}`)
  return `${literal.map((key, at) => `const l${at} = given[${key}]`).join('; ')}
    let hash = 0
    ${all.map((label) => `hash = Math.imul(hash ^ mark(${label}), ${SPREAD})`).join('; ')}
    const { mask, recent } = metric.series
    const first = ((hash ^ (hash >>> 15)) & mask) * ${all.length + 1}
    let at = first
    let id
    for (let probe = 0; id === undefined; probe++) {
      if (probe === ${PROBES}) id = findMany(metric, [${all.join(', ')}], first)
      else if (${all.map((label, index) => `recent[at + ${index}] === ${label}`).join(' && ')}) id = recent[at + ${all.length}]
      else at = (at + ${all.length + 1}) % recent.length
    }`
}

/**
 * Returns the least value that is recorded, and the greatest one below zero that is recorded as it is. Those between it
 * and `MIN_VALUE` are recorded as zero, and so is a duration below zero.
 */
function rangeOf(metric) {
  const { kind } = metric
  const least = kind === 'counter' ? 0 : -MAX_VALUE
  const hasNegative = kind !== 'counter' && !isDuration(metric)
  return { least, exactBelow: hasNegative ? -MIN_VALUE : Number.NEGATIVE_INFINITY }
}

/** Does the same as the function that `sourceOf` describes. */
function interpret(metric) {
  const { keys, isOptional } = metric
  const { least, exactBelow } = rangeOf(metric)
  const count = keys.length
  const first = keys[0]
  const second = keys[1]
  const third = keys[2]
  const fourth = keys[3]
  return function record(value, labels) {
    if (status.isOff) return
    if (!(typeof value === 'number' && value <= MAX_VALUE && value >= least))
      return refuse('invalidValue', metric, value, labels)
    try {
      const given = labelsOf(keys, isOptional, labels)
      let id
      if (count === 3) id = find(metric, given[first], given[second], given[third])
      else if (count === 0) id = find(metric)
      else if (count === 1) id = find(metric, given[first])
      else if (count === 2) id = find(metric, given[first], given[second])
      else if (count === 4)
        id = find(metric, given[first], given[second], given[third], given[fourth])
      else
        id = findList(
          metric,
          keys.map((key) => given[key])
        )
      if (value >= MIN_VALUE || value === 0 || value <= exactBelow) ring.write(id, value)
      else ring.write(id | SANITIZED, 0)
    } catch (error) {
      refuseFor(error, metric, value, labels)
    }
  }
}

/** Returns an object with labels, which are not those that other code has added to every object. */
function labelsOf(keys, isOptional, labels) {
  const all = isOptional ? (labels ?? NO_LABELS) : labels
  return keys.length > 0 && addsLabels(keys) ? withoutAdded(all, keys) : all
}

/**
 * Returns a function that records values with these labels. It looks their series up once.
 *
 * @param {object} metric
 * @param {unknown} labels
 */
function bind(metric, labels) {
  const { keys, isOptional } = metric
  const { least, exactBelow } = rangeOf(metric)
  let given
  let problem
  try {
    const own = labelsOf(keys, isOptional, labels)
    given = keys.map((key) => own[key])
    // `find` gets four labels. What is not in a list could be read from a prototype.
    while (given.length < FEW) append(given, undefined)
  } catch (error) {
    problem = error
  }
  let id = 0
  let generation = -1
  function look() {
    if (problem !== undefined) throw problem
    id =
      given.length > FEW
        ? findMany(metric, given)
        : find(metric, given[0], given[1], given[2], given[3])
    generation = recorder.isRecording() ? status.generation : -1
  }
  return function record(value) {
    if (status.isOff) return
    if (!(typeof value === 'number' && value <= MAX_VALUE && value >= least))
      return refuse('invalidValue', metric, value, labels)
    try {
      if (generation !== status.generation) look()
      if (value >= MIN_VALUE || value === 0 || value <= exactBelow) ring.write(id, value)
      else ring.write(id | SANITIZED, 0)
    } catch (error) {
      refuseFor(error, metric, value, labels)
    }
  }
}

module.exports = { bind, compile }
