/**
 * What CloudWatch must hold for a record of a definition. It follows the documented behaviour and does not use the package.
 */

const DEFAULT_UNITS = { counter: 'Count', distribution: 'None', gauge: 'None' }
const TIMES = ['Seconds', 'Milliseconds', 'Microseconds']
const MINUTE = 60

/** @typedef {ReturnType<typeof metricsOf>[number]} DefinedMetric */

/** `queue_depth` gives `QueueDepth`. */
export function pascalCase(key) {
  const words = key.match(/[0-9A-Za-z]+/g) ?? [key]
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join('')
}

/**
 * The metrics of a definition.
 *
 * @param {object} definition as `arbitrary.mjs` makes them
 * @param {{ environment: string, rollups?: boolean, storageResolution?: number }} process the value of `Environment`, and
 *   options of the process
 */
export function metricsOf(definition, process) {
  const { namespace, environment = true, defaultDimensions = {}, maxSeries, metrics } = definition
  const seconds = definition.storageResolution ?? process.storageResolution ?? MINUTE
  const constants = Object.keys(defaultDimensions)
    .sort()
    .map((name) => [name, defaultDimensions[name]])
  const fixed = [...(environment ? [['Environment', process.environment]] : []), ...constants]
  return Object.entries(metrics).map(([key, metric]) => {
    const { kind, name = pascalCase(key), unit = DEFAULT_UNITS[kind], dimensions } = metric
    const labels = labelsOf(dimensions)
    const recommended = process.rollups ? metric.recommendedRollups : []
    return {
      namespace,
      key,
      kind,
      metricName: name,
      unit,
      storageResolution: seconds,
      fixed,
      labels,
      /** As sets of keys. */
      rollups: [...ordered(metric.rollups, labels), ...ordered(recommended, labels)],
      isOptional: labels.every(({ isOptional }) => isOptional),
      isDuration: kind === 'distribution' && TIMES.includes(unit),
      maxSeries: maxSeries ?? Number.POSITIVE_INFINITY,
    }
  })
}

/** Sets of keys, those with the last labels first. Their order decides which ones get series up to `maxSeries`. */
function ordered(sets, labels) {
  const weight = (keys) =>
    labels.reduce((sum, { key }, at) => sum + (keys.has(key) ? 2 ** at : 0), 0)
  return sets.map((keys) => new Set(keys)).sort((one, other) => weight(other) - weight(one))
}

function labelsOf(dimensions) {
  const all = Array.isArray(dimensions)
    ? dimensions.map((key) => [key, {}])
    : Object.entries(dimensions)
  return all.map(([key, spec]) => {
    const name = typeof spec === 'string' ? spec : spec.name
    return {
      key,
      name: name ?? pascalCase(key),
      isOptional: spec.optional === true,
      isGuarded: spec.redact === true,
    }
  })
}

/** The number that is stored for a value that a recorder accepts. */
export function storedValue({ kind, isDuration }, value) {
  if (Math.abs(value) < 2 ** -360) return 0
  return kind !== 'counter' && isDuration ? Math.max(0, value) : value
}

/**
 * The datums of one record: its own, and then those of its roll-ups, each once.
 *
 * @param {DefinedMetric} metric
 * @param {number} value
 * @param {Record<string, string | undefined>} texts of the labels; the dimension of `undefined` is left out
 */
export function datumsOf(metric, value, texts) {
  const given = metric.labels.filter(
    ({ key }) => Object.hasOwn(texts, key) && texts[key] !== undefined
  )
  const kept = (labels) => labels.map(({ key, name }) => [name, texts[key]])
  const lists = [kept(given)]
  for (const set of metric.rollups) {
    lists.push(kept(given.filter(({ key }) => set.has(key))))
  }
  const distinct = new Map(lists.map((list) => [JSON.stringify(list), list]))
  return [...distinct.values()].map((labels, at) => datum(metric, value, labels, at > 0))
}

/** @param {[string, string][]} labels names and values */
export function datum(metric, value, labels, isRollup) {
  const { namespace, metricName, unit, storageResolution, fixed } = metric
  const dimensions = [...fixed, ...labels]
  return { namespace, metricName, unit, storageResolution, dimensions, value, isRollup }
}

/** The name of a datum's series. JSON, because names can hold any separator. */
export function seriesOf({ namespace, metricName, unit, storageResolution, dimensions }) {
  return JSON.stringify([namespace, metricName, unit, storageResolution, dimensions])
}

/** What a local CloudWatch holds: series -> value -> count. */
export function tallyOfApplied(applied) {
  return tallyOf(
    applied.map(({ dimensions, ...rest }) => ({
      ...rest,
      dimensions: dimensions.map(({ Name, Value }) => [Name, Value]),
    }))
  )
}

/** The same of datums with values and counts. */
export function tallyOf(datums) {
  const tally = new Map()
  for (const { values, counts, ...rest } of datums) {
    const series = seriesOf(rest)
    for (const [at, value] of values.entries()) add(tally, series, value, counts[at])
  }
  return tally
}

/** The same of what has to be there. */
export function tallyOfDatums(datums) {
  const tally = new Map()
  for (const one of datums) add(tally, seriesOf(one), one.value, 1)
  return tally
}

function add(tally, series, value, count) {
  if (!tally.has(series)) tally.set(series, new Map())
  const counts = tally.get(series)
  // A value of -0 is stored as 0.
  counts.set(value + 0, (counts.get(value + 0) ?? 0) + count)
}

/** What one tally holds more often than the other; a few are enough to see what is wrong. */
export function differences(actual, expected) {
  const names = new Set([...actual.keys(), ...expected.keys()])
  const found = []
  for (const series of names) {
    const [is, should] = [actual.get(series) ?? new Map(), expected.get(series) ?? new Map()]
    for (const value of new Set([...is.keys(), ...should.keys()])) {
      const surplus = (is.get(value) ?? 0) - (should.get(value) ?? 0)
      if (surplus !== 0) found.push(`${surplus} of ${value} in ${series}`)
    }
  }
  return found.slice(0, 10)
}
