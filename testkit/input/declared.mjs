/**
 * Declared metrics of every shape, and what a call of their recorders has to do. It follows the documented behaviour and does
 * not use the package.
 *
 * A metric is described by `{ kind, unit, dimensions: [{ key, isOptional, isGuarded }] }`, a call by `{ value, labels, isBound }`
 * of the specs of `hostile-values.mjs`. The names of dimensions are `D0`, `D1` and so on.
 */

import { seriesOf } from '../workload/recorders.mjs'
import { labelsOf, numberOf, REFUSED, textOf } from './hostile-values.mjs'
import { clean, MAX_VALUE, MIN_VALUE, present } from './model.mjs'

/** The function of each kind of metric that records. */
export const FUNCTIONS = { counter: 'add', distribution: 'record', gauge: 'set' }

export const METRIC_NAME = 'Declared'

/** Properties of `Object.prototype`, which each object seems to have. */
export const INHERITED = [
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
]

/** Keys that have to be quoted, or escaped, or mean something in JavaScript. */
export const ODD = [
  ...['a b', '日本', '"', "'", '`', '\\', '\u2028', '\u2029', '\0', '\n', `$\{value}`, '*/', '//'],
  ...[
    '];',
    'await',
    'class',
    'labels',
    'value',
    'metric',
    'ring',
    'status',
    'l0',
    '-',
    '1e3',
    '\ud800',
  ],
]

/** `tool` is what the kinds of `hostile-values.mjs` that cannot be read refuse to give. */
const PLAIN = ['tool', 'provider', ...Array.from({ length: 27 }, (_, index) => `k${index}`)]

/**
 * A metric with a number of labels.
 *
 * @param {number} count
 * @param {{ kind?: string, unit?: string, first?: string[], optional?: number[], guarded?: number[] }} [shape]
 */
export function metricOf(
  count,
  { kind = 'counter', unit, first = [], optional = [], guarded = [] } = {}
) {
  // `tool` has a place if there are labels at all.
  const keys = [...new Set(['tool', ...first, ...PLAIN])].slice(0, count)
  const dimensions = keys.map((key, at) => ({
    key,
    isOptional: optional.includes(at),
    isGuarded: guarded.includes(at),
  }))
  return { kind, unit: unit ?? (kind === 'counter' ? 'Count' : 'None'), dimensions }
}

/** Whether each value can be labels of a metric, such as a list or a class. Those have inherited names too. */
export const takesAny = ({ dimensions }) => !dimensions.some(({ key }) => INHERITED.includes(key))

const DURATIONS = ['Seconds', 'Milliseconds', 'Microseconds']

function isAcceptable({ kind }, value) {
  return value <= MAX_VALUE && value >= (kind === 'counter' ? 0 : -MAX_VALUE)
}

/** The value that is recorded: one that is too small for CloudWatch, and a negative duration, are zero. */
function recordable({ kind, unit }, value) {
  const isPositive = kind === 'counter' || (kind === 'distribution' && DURATIONS.includes(unit))
  return (isPositive ? value : Math.abs(value)) >= MIN_VALUE ? value : 0
}

/** What a call does: the counters that it moves and, if it is recorded, the line of its record. */
function effect(metric, { value: valueSpec, labels: labelsSpec }) {
  const value = numberOf(valueSpec)
  if (value === undefined || !isAcceptable(metric, value)) {
    return { moved: { recorded: 1, 'dropped.invalidValue': 1 } }
  }
  const refused = { moved: { recorded: 1, 'dropped.invalidLabel': 1 } }
  const { dimensions } = metric
  const isNothing = ['undefined', 'null'].includes(labelsSpec?.kind)
  const isLeftOut = labelsSpec === undefined || isNothing
  const areOptional = dimensions.every(({ isOptional }) => isOptional)
  const given = isLeftOut && areOptional ? {} : labelsOf(labelsSpec)
  if (given === REFUSED && dimensions.length > 0) return refused
  const kept = recordable(metric, value)
  let isSanitized = kept !== value
  const labels = [['Environment', 'test']]
  for (const [at, { key, isGuarded }] of dimensions.entries()) {
    const text = textOf(Object.hasOwn(given, key) ? given[key] : undefined)
    if (text === REFUSED) return refused
    const { label, isChanged } = clean(isGuarded ? 'key' : 'other', text ?? '')
    isSanitized ||= isChanged
    if (label !== '') labels.push([`D${at}`, label])
  }
  const series = seriesOf({ metricName: METRIC_NAME, unit: metric.unit, dimensions: labels })
  const moved = { recorded: 1, applied: 1, sanitized: Number(isSanitized) }
  return { moved, series, line: `${series} ${kept === 0 ? 0 : kept}` }
}

/** What calls of a metric that is new do together, once all is sent. */
export function effects(metric, calls) {
  const all = calls.map((call) => effect(metric, call))
  const moved = { series: new Set(all.flatMap(({ series }) => series ?? [])).size }
  for (const { moved: by } of all) {
    for (const [counter, count] of Object.entries(by))
      moved[counter] = (moved[counter] ?? 0) + count
  }
  return { moved: present(moved), lines: all.flatMap(({ line }) => line ?? []).sort() }
}
