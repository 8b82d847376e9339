'use strict'

// Which series of a metric there are: those with all labels, and its roll-ups.

const ENVIRONMENT = 'Environment'

/**
 * @typedef {import('../lib/define/definition.js').Metric} Metric
 *
 * @typedef {object} Series
 * @property {Metric} metric
 * @property {{ Name: string, Value: string }[]} dimensions
 */

/** The sets of labels under which a metric is stored, those with the fewest first. */
function setsOf(metric, { rollups }) {
  const bits = [...metric.rollups, ...(rollups ? metric.recommended : [])]
  const sets = bits.map((set) => metric.keys.filter((_, at) => Math.floor(set / 2 ** at) % 2 === 1))
  return [...sets, metric.keys].sort((a, b) => a.length - b.length)
}

/** The dimensions that all series of a metric have. */
function fixedDimensions({ hasEnvironment, constants }, environment) {
  const dimensions = hasEnvironment ? [{ Name: ENVIRONMENT, Value: environment }] : []
  for (let at = 0; at < constants.length; at += 2) {
    dimensions.push({ Name: constants[at], Value: constants[at + 1] })
  }
  return dimensions
}

/**
 * Returns the series of a metric with exactly some labels, if there is one.
 *
 * @param {Metric} metric
 * @param {Record<string, string>} labels
 * @param {{ environment: string, rollups: boolean }} options
 * @returns {Series | undefined}
 */
function seriesOf(metric, labels, options) {
  const keys = Object.keys(labels)
  const isSame = (set) => set.length === keys.length && set.every((key) => keys.includes(key))
  if (!setsOf(metric, options).some(isSame)) return undefined
  const own = metric.keys
    .map((key, at) => ({ key, Name: metric.names[at] }))
    .filter(({ key }) => keys.includes(key))
    .map(({ key, Name }) => ({ Name, Value: labels[key] }))
  return { metric, dimensions: [...fixedDimensions(metric, options.environment), ...own] }
}

/**
 * Returns the series of all parts of a role, with the labels of the options. If one is missing, adds a note and returns
 * nothing.
 *
 * @param {import('./roles.js').Part[]} parts
 * @param {object} options
 * @param {Set<string>} options.notes
 */
function seriesOfAll(parts, options) {
  const found = parts.map(({ metric, labels }) => {
    const all = { ...labels, ...options.labels }
    const fixed = Object.keys(labels).find((key) => Object.hasOwn(options.labels, key))
    const series = fixed ? undefined : seriesOf(metric, all, options)
    if (fixed)
      options.notes.add(`failures of ${metric.name} need all values of ${fixed}, not one --label`)
    else if (!series) options.notes.add(missingRollup(metric, all, options))
    return series
  })
  return found.includes(undefined) ? undefined : found
}

/** Parts, each once. */
function distinct(parts) {
  return parts.filter((part, at) => parts.findIndex((other) => isSame(part, other)) === at)
}

const isSame = (one, other) =>
  one.metric === other.metric && JSON.stringify(one.labels) === JSON.stringify(other.labels)

/** Says what has to be added so that `seriesOf` finds one. */
function missingRollup(metric, labels, options) {
  const keys = Object.keys(labels)
  const unknown = keys.find((key) => !metric.keys.includes(key))
  if (unknown) return `${metric.name} has no label ${unknown}`
  const set = `[${keys.map((key) => `'${key}'`).join(', ')}]`
  if (seriesOf(metric, labels, { ...options, rollups: true })) {
    return `${metric.name} has the roll-up ${set} only with HKM_ROLLUPS=true: set it for the application, and --rollups here`
  }
  return `${metric.name} has no roll-up ${set}: add rollups: [${set}] to its definition`
}

/** The names of all dimensions of a set, as SEARCH wants them. */
function schemaOf(metric, keys, environment) {
  const fixed = fixedDimensions(metric, environment).map(({ Name }) => Name)
  return [...fixed, ...metric.names.filter((_, at) => keys.includes(metric.keys[at]))]
}

module.exports = {
  distinct,
  ENVIRONMENT,
  fixedDimensions,
  isSame,
  schemaOf,
  seriesOf,
  seriesOfAll,
  setsOf,
}
