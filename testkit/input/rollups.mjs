/**
 * What CloudWatch must hold for the records of metrics with roll-ups. It follows the documented behaviour and does not use the
 * package.
 */

const OVERFLOW = '_overflow'

/** CloudWatch's name of a key, as `index.d.ts` says. */
const pascalCase = (key) => key[0].toUpperCase() + key.slice(1)

/** The dimensions of labels: those in a set, if there is one, without those that are left out. */
function dimensionsOf(keys, labels, set = keys) {
  return keys.filter((key) => set.includes(key) && labels[key] !== undefined)
}

/** The line of a series and a value, as `linesOf` names it. */
function lineOf(namespace, metric, unit, pairs, value) {
  const dimensions = [['Environment', 'test'], ...pairs].map((pair) => pair.join('='))
  return `${namespace} ${metric} ${unit} {${dimensions.join(',')}} ${value}`
}

const UNITS = { counter: 'Count', distribution: 'None', gauge: 'None' }

/**
 * The lines that a record must have, given all lines with its value: one of its series, and one of each roll-up. A roll-up
 * that keeps all of its labels is the series itself, and of two that keep the same ones there is one. Beyond `maxSeries`, the
 * labels of the series are folded; a roll-up set that has no series for the labels then stores the record under its overflow
 * series, which has all dimensions of the set.
 */
export function linesOfRecord(definitions, { definition, key, value, labels }, found) {
  const { namespace, metrics, maxSeries } = definitions[definition]
  const { kind, dimensions = [], rollups = [] } = metrics[key]
  const line = (names, textOf) =>
    lineOf(
      namespace,
      pascalCase(key),
      UNITS[kind],
      names.map((name) => [pascalCase(name), textOf(name)]),
      value
    )
  const exact = (names) => line(names, (name) => labels[name])
  const overflow = (names) => line(names, () => OVERFLOW)
  const has = (one) => maxSeries === undefined || found.includes(one)

  const own = dimensionsOf(dimensions, labels)
  const isFolded = maxSeries !== undefined && found.includes(overflow(dimensions))
  const lines = new Set([isFolded ? overflow(dimensions) : exact(own)])
  for (const set of rollups) {
    const kept = dimensionsOf(dimensions, labels, set)
    if (kept.length === own.length && !isFolded) continue
    const names = dimensions.filter((name) => set.includes(name))
    lines.add(has(exact(kept)) ? exact(kept) : overflow(names))
  }
  return [...lines]
}

/** The lines of the datums that a local CloudWatch has, sorted. */
export function linesOf(datums) {
  const lines = []
  for (const { namespace, metricName, unit, dimensions, values, counts } of datums) {
    const [environment, ...pairs] = dimensions.map(({ Name, Value }) => [Name, Value])
    if (environment?.join('=') !== 'Environment=test')
      throw new Error(`no environment: ${metricName}`)
    for (const [at, value] of values.entries()) {
      const line = lineOf(namespace, metricName, unit, pairs, value)
      lines.push(...Array(counts[at]).fill(line))
    }
  }
  return lines.sort()
}
