'use strict'

// The limits of PutMetricData, and some of our own. Each function returns why CloudWatch would refuse a name or a value, or
// `undefined`. Source: API reference of CloudWatch, PutMetricData, MetricDatum and Dimension; user
// guide, "Metrics concepts", for the characters of a namespace.

const MAX_DIMENSIONS = 30
/** A limit of our own: each new set of labels is looked up in all roll-ups. As in `core/src/definition.rs`. */
const MAX_ROLLUPS = 30
const MAX_NAME = 255
const MAX_VALUE = 1_024

const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes']
const BITS = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits']
const RATES = [...SIZES, ...BITS, 'Count'].map((amount) => `${amount}/Second`)

/** Milliseconds of each unit of time. */
const TIMES = new Map([
  ['Seconds', 1_000],
  ['Milliseconds', 1],
  ['Microseconds', 0.001],
])
const UNITS = [...TIMES.keys(), ...SIZES, ...BITS, 'Percent', 'Count', ...RATES, 'None']

const PRINTABLE = /^[\x20-\x7e]*$/
const OF_NAMESPACE = /^[0-9A-Za-z._/#: -]*$/

/** Whether a metric holds durations. */
function isDuration({ kind, unit }) {
  return kind === 'distribution' && TIMES.has(unit)
}

/** Returns what is wrong with any name or value. */
function problemOf(text, most) {
  if (typeof text !== 'string') return 'it must be a text'
  if (text.trim() === '') return 'it must not be blank'
  if (text.length > most) return `it has ${text.length} characters, and CloudWatch takes ${most}`
  if (!PRINTABLE.test(text)) return 'it must have printable ASCII characters only'
  return undefined
}

function problemOfNamespace(text) {
  const problem = problemOf(text, MAX_NAME)
  if (problem !== undefined) return problem
  if (text.startsWith(':')) return 'it must not begin with a colon'
  if (text.startsWith('AWS/')) return 'AWS/ is for the metrics of AWS itself'
  if (!OF_NAMESPACE.test(text))
    return 'it may have letters, digits, blanks and characters of .-_/#:'
  return undefined
}

const problemOfMetricName = (text) => problemOf(text, MAX_NAME)

function problemOfDimensionName(text) {
  const problem = problemOf(text, MAX_NAME)
  if (problem !== undefined) return problem
  return text.startsWith(':') ? 'it must not begin with a colon' : undefined
}

const problemOfDimensionValue = (text) => problemOf(text, MAX_VALUE)

module.exports = {
  isDuration,
  MAX_DIMENSIONS,
  MAX_ROLLUPS,
  problemOfDimensionName,
  problemOfDimensionValue,
  problemOfMetricName,
  problemOfNamespace,
  TIMES,
  UNITS,
}
