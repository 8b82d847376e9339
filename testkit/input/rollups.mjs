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
 * The lines of a record: that of itself, and one of each roll-up. A roll-up that keeps all of its labels is the series itself,
 * and of two that keep the same ones there is one. Each has a second form, in which its labels are folded.
 */
export function linesOfRecord(definitions, { definition, key, value, labels }) {
  const { namespace, metrics } = definitions[definition]
  const { kind, dimensions = [], rollups = [] } = metrics[key]
  const own = dimensionsOf(dimensions, labels)
  const kept = rollups
    .map((set) => dimensionsOf(dimensions, labels, set))
    .filter((names) => names.length < own.length)
  const distinct = new Map(kept.map((names) => [names.join(), names]))
  const line = (names, textOf) =>
    lineOf(
      namespace,
      pascalCase(key),
      UNITS[kind],
      names.map((name) => [pascalCase(name), textOf(name)]),
      value
    )
  const forms = (names, folded) => ({
    line: line(names, (name) => labels[name]),
    folded: line(folded, () => OVERFLOW),
  })
  return [forms(own, dimensions), ...[...distinct.values()].map((names) => forms(names, names))]
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
