'use strict'

// Checks definitions, and brings them into one form, in which the order of roll-ups and of default dimensions
// makes no difference. What CloudWatch would refuse throws a TypeError
// that says where and why. Reads own properties only.

const { append, own } = require('../properties.js')
const { fail, fields, itemsOf, objectOf, refuseIf, short, show, within } = require('./given.js')
const {
  MAX_DIMENSIONS,
  MAX_ROLLUPS,
  problemOfDimensionName,
  problemOfDimensionValue,
  problemOfMetricName,
  problemOfNamespace,
  UNITS,
} = require('./limits.js')

const ENVIRONMENT = 'Environment'
const MOST_SERIES = 10_000_000

const OF_DEFINITION = [
  'namespace',
  'metrics',
  'environment',
  'defaultDimensions',
  'storageResolution',
  'maxSeries',
]
const OF_METRIC = [
  'kind',
  'name',
  'unit',
  'dimensions',
  'rollups',
  'recommendedRollups',
  'description',
]
const OF_DIMENSION = ['name', 'values', 'optional', 'redact']

/** The unit of a metric whose definition names none. */
const DEFAULT_UNITS = new Map([
  ['counter', 'Count'],
  ['distribution', 'None'],
  ['gauge', 'None'],
])

/**
 * A metric as the recorders and the native side take it.
 *
 * @typedef {object} Metric
 * @property {string} namespace
 * @property {string} name
 * @property {'counter' | 'distribution' | 'gauge'} kind
 * @property {string} unit
 * @property {string | undefined} description
 * @property {boolean} hasEnvironment whether the first dimension is `Environment`
 * @property {string[]} constants each name, followed by its value, of the dimensions that all datums have, in
 *   the order of the names
 * @property {string[]} keys the labels, in the order of their dimensions
 * @property {string[]} names the names of their dimensions
 * @property {(string[] | undefined)[]} values the values that each is said to have, for tools
 * @property {string[]} optional the labels that can be left out, for tools
 * @property {boolean} isOptional whether all labels can be left out
 * @property {number} guarded the dimensions whose labels are replaced if they look like secrets, as bits
 * @property {number[]} rollups sets of dimensions, as bits, the highest first. The lowest bit is the first label.
 * @property {number[]} recommended the roll-ups that only the option `rollups` turns on
 * @property {number} seconds the storage resolution, or 0 for that of the process
 * @property {number} maxSeries the maximum number of series, or 0 for that of the process alone
 */

/**
 * Returns each key of a definition with its metric.
 *
 * @param {unknown} definition
 * @returns {{ key: string, metric: Metric }[]}
 * @throws {TypeError} if the definition is wrong
 */
function metricsOf(definition) {
  return within('the definition', () => allMetrics(definition))
}

function allMetrics(definition) {
  const given = fields(definition, OF_DEFINITION, 'the definition')
  const { namespace } = given
  refuseIf(problemOfNamespace(namespace), `namespace ${show(namespace)}`)
  const { environment = true, defaultDimensions = {}, storageResolution, maxSeries } = given
  if (typeof environment !== 'boolean') fail(namespace, 'environment must be true or false')
  if (![undefined, 1, 60].includes(storageResolution)) {
    fail(namespace, `storageResolution must be 60 or 1, not ${show(storageResolution)}`)
  }
  if (maxSeries !== undefined && !isWhole(maxSeries, 1, MOST_SERIES)) {
    fail(
      namespace,
      `maxSeries must be a whole number from 1 to ${MOST_SERIES}, not ${show(maxSeries)}`
    )
  }
  const shared = {
    __proto__: null,
    namespace,
    hasEnvironment: environment,
    constants: constantsOf(defaultDimensions, namespace),
    seconds: storageResolution ?? 0,
    maxSeries: maxSeries ?? 0,
  }
  const metrics = objectOf(given.metrics, `${namespace}: metrics`)
  const keys = Object.keys(metrics)
  if (keys.length === 0) fail(namespace, 'there are no metrics')
  const all = keys.map((key) => {
    const metric = within(`${namespace} ${short(key)}`, () => metricOf(key, metrics[key], shared))
    return { __proto__: null, key, metric }
  })
  const names = new Set()
  all.forEach(({ key, metric: { name } }) => {
    if (names.has(name)) fail(`${namespace} ${short(key)}`, `another metric has the name ${name}`)
    names.add(name)
  })
  return all
}

function constantsOf(dimensions, namespace) {
  const given = objectOf(dimensions, `${namespace}: defaultDimensions`)
  const names = Object.keys(given).sort()
  return names.flatMap((name) => {
    const where = `${namespace}: the default dimension ${show(name)}`
    refuseIf(problemOfDimensionName(name), where)
    const value = given[name]
    refuseIf(problemOfDimensionValue(value), `${where} with the value ${show(value)}`)
    return [name, value]
  })
}

function metricOf(key, definition, shared) {
  const where = `${shared.namespace} ${short(key)}`
  if (key === '__proto__') fail(where, 'no metric can have this key')
  const kind = typeof definition === 'object' && definition !== null && own(definition, 'kind')
  if (!DEFAULT_UNITS.has(kind)) fail(where, 'make it with counter(), distribution() or gauge()')
  const given = fields(definition, OF_METRIC, where)
  const { name = pascalCase(key), unit = DEFAULT_UNITS.get(kind), description } = given
  const { rollups = [], recommendedRollups = [] } = given
  refuseIf(problemOfMetricName(name), `${where}: name ${show(name)}`)
  if (!UNITS.includes(unit)) {
    fail(
      where,
      `unit must be one of CloudWatch's, such as Count or Milliseconds, not ${show(unit)}`
    )
  }
  if (description !== undefined && typeof description !== 'string')
    fail(where, 'description must be a text')
  const dimensions = dimensionsOf(given.dimensions, where)
  checkNames(dimensions, shared, where)
  const keys = dimensions.map((dimension) => dimension.key)
  const sets = rollupsOf(rollups, keys, `${where}: rollups`)
  return {
    ...shared,
    name,
    kind,
    unit,
    description,
    keys,
    names: dimensions.map((dimension) => dimension.name),
    values: dimensions.map((dimension) => dimension.values),
    optional: dimensions.filter((dimension) => dimension.isOptional).map(({ key }) => key),
    isOptional: dimensions.every((dimension) => dimension.isOptional),
    guarded: bits(dimensions.map((dimension) => dimension.isGuarded)),
    rollups: sets,
    recommended: rollupsOf(recommendedRollups, keys, `${where}: recommendedRollups`, sets),
  }
}

function dimensionsOf(given = [], where) {
  const dimensions = Array.isArray(given)
    ? itemsOf(given, where).map((key) => dimensionOf(key, undefined, where))
    : Object.keys(objectOf(given, `${where}: dimensions`, 'a list or a plain object')).map((key) =>
        dimensionOf(key, given[key], where)
      )
  const twice = dimensions.find(
    ({ key }, at) => dimensions.findIndex((other) => other.key === key) < at
  )
  if (twice) fail(where, `the dimension ${show(twice.key)} is there twice`)
  return dimensions
}

function dimensionOf(key, given, where) {
  if (typeof key !== 'string' || key === '' || key === '__proto__') {
    fail(where, `${show(key)} cannot be the key of a dimension`)
  }
  const of = `${where}: the dimension ${show(key)}`
  const spec = specOf(given, of)
  const { name = pascalCase(key), values, optional = false, redact = false } = spec
  refuseIf(problemOfDimensionName(name), `${of} with the name ${show(name)}`)
  if (values !== undefined) checkValues(values, of)
  if (typeof optional !== 'boolean') fail(of, 'optional must be true or false')
  if (typeof redact !== 'boolean') fail(of, 'redact must be true or false')
  return {
    __proto__: null,
    key,
    name,
    values: values && Array.from(values),
    isOptional: optional,
    isGuarded: redact,
  }
}

/** A dimension is given by nothing but its key, by its name, by its values, or by an object of these. */
function specOf(given, where) {
  if (given === undefined) return Object.create(null)
  if (typeof given === 'string') return { __proto__: null, name: given }
  if (Array.isArray(given)) return { __proto__: null, values: given }
  return fields(given, OF_DIMENSION, where)
}

function checkValues(values, where) {
  if (!Array.isArray(values) || values.length === 0) {
    const got = Array.isArray(values) ? 'an empty one' : show(values)
    fail(where, `values must be a list of texts, not ${got}`)
  }
  itemsOf(values, where).forEach((value) => {
    refuseIf(problemOfDimensionValue(value), `${where} with the value ${show(value)}`)
  })
}

/** Checks the names of all dimensions of a datum together. */
function checkNames(dimensions, { hasEnvironment, constants }, where) {
  const fixed = constants.filter((_, at) => at % 2 === 0)
  const names = [
    ...(hasEnvironment ? [ENVIRONMENT] : []),
    ...fixed,
    ...dimensions.map(({ name }) => name),
  ]
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice === ENVIRONMENT && hasEnvironment) {
    fail(where, `the dimension ${ENVIRONMENT} is added to each metric, unless environment is false`)
  }
  if (twice !== undefined) fail(where, `two dimensions have the name ${show(twice)}`)
  if (names.length > MAX_DIMENSIONS) {
    fail(where, `there are ${names.length} dimensions, and CloudWatch takes ${MAX_DIMENSIONS}`)
  }
}

function rollupsOf(given, keys, where, others = []) {
  if (!Array.isArray(given)) {
    fail(where, `it must be a list of lists of dimensions, not ${show(given)}`)
  }
  const count = given.length + others.length
  if (count > MAX_ROLLUPS) {
    fail(
      where,
      `there are ${count}, and a metric has at most ${MAX_ROLLUPS}, recommended ones included`
    )
  }
  const sets = []
  itemsOf(given, where).forEach((item) => {
    if (!Array.isArray(item)) fail(where, `${show(item)} must be a list of dimensions`)
    const set = itemsOf(item, where)
    const unknown = set.findIndex((key) => !keys.includes(key))
    if (unknown >= 0) {
      const known = keys.length > 0 ? `there are ${keys.join(', ')}` : 'there are none'
      fail(where, `there is no dimension ${show(set[unknown])}; ${known}`)
    }
    const text = `[${set.join(', ')}]`
    if (new Set(set).size < set.length) fail(where, `${text} names a dimension twice`)
    if (set.length === keys.length) fail(where, `${text} is the metric itself`)
    const dimensions = bits(keys.map((key) => set.includes(key)))
    if (others.includes(dimensions) || sets.includes(dimensions)) {
      fail(where, `${text} is there twice`)
    }
    append(sets, dimensions)
  })
  // Definitions whose roll-ups differ in their order are the same.
  return sets.sort((one, other) => other - one)
}

/** Returns a number whose lowest bit is the first of a list of booleans. */
function bits(flags) {
  return flags.reduce((sum, flag, at) => (flag ? sum + 2 ** at : sum), 0)
}

/**
 * `queueDepth`, `queue_depth` and `queue-depth` give `QueueDepth`. Letters that are not ASCII stay, so that a name without
 * them has to be chosen.
 */
function pascalCase(key) {
  const parts = key.split(/[^0-9A-Za-z\u0080-\uffff]+/).filter((part) => part !== '')
  return parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join('') || key
}

function isWhole(value, least, most) {
  return Number.isInteger(value) && value >= least && value <= most
}

module.exports = { DEFAULT_UNITS, metricsOf }
