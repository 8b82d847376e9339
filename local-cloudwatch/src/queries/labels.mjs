/**
 * Labels with values in them, as `${PROP('Dim.Reason')}: ${SUM}`. What is not known here stays as it is.
 *
 * Source: CloudWatch User Guide, "Use dynamic labels".
 */

const VALUE = /\$\{(?:([A-Z_]+)|PROP\('([^']+)'\))\}/g
/** Significant digits. The guide tells none; these hide the rounding errors of sums. */
const DIGITS = 12
/** Where the range has no datapoint. */
const NONE = '--'

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

/** What stands for the datapoints of the range, in the order of time. */
const FIGURES = {
  AVG: (numbers) => sum(numbers) / numbers.length,
  DATAPOINT_COUNT: (numbers) => numbers.length,
  FIRST: (numbers) => numbers[0],
  LAST: (numbers) => numbers.at(-1),
  MAX: (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
  MIN: (numbers) => numbers.reduce((a, b) => Math.min(a, b)),
  SUM: sum,
}

/** What stands for the metric of a series, beside its dimensions. */
const PROPERTIES = {
  MetricName: ({ metricName }) => metricName,
  Namespace: ({ namespace }) => namespace,
  Period: (_, { period }) => String(period),
}

/**
 * @param {string | undefined} label
 * @param {string} usual the label without this one
 * @param {import('../math/series.mjs').Series} series
 */
export function labelOf(label, usual, series) {
  if (label === undefined) return usual
  return label.replace(VALUE, (whole, name, property) => {
    if (name === 'LABEL') return usual
    if (property !== undefined) return propertyOf(series, property) ?? whole
    return Object.hasOwn(FIGURES, name) ? figureOf(series, FIGURES[name]) : whole
  })
}

/** Whether a label says which of several series it is of, so that their own labels need not be beside it. */
export const isDynamic = (label = '') => label.search(VALUE) !== -1

function figureOf({ points }, figure) {
  if (points.size === 0) return NONE
  return String(Number(figure([...points.values()]).toPrecision(DIGITS)))
}

function propertyOf({ metric, ...series }, property) {
  if (metric === undefined) return undefined
  if (Object.hasOwn(PROPERTIES, property)) return PROPERTIES[property](metric, series)
  return metric.dimensions.find(({ Name }) => `Dim.${Name}` === property)?.Value
}
