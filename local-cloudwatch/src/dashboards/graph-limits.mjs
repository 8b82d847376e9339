/**
 * What is wrong with the properties of a metric widget.
 *
 * Source, unless said otherwise: CloudWatch API Reference, "Dashboard Body Structure and Syntax".
 */

import { parse } from '../math/parse.mjs'
import { MAX_EXPRESSION_LENGTH } from '../queries/expressions.mjs'
import { isPeriod } from '../queries/points.mjs'
import { percentileOf, STATISTICS } from '../statistics.mjs'
import {
  COLOR,
  FLAG,
  isObject,
  LIST,
  memberProblems,
  missingProblems,
  NUMBER,
  OBJECT,
  oneOf,
  problem,
  TEXT,
} from './problems.mjs'

/** "CloudWatch quotas": metrics of a graph. */
const MAX_METRICS = 500
const VIEWS = ['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table']
const AXES = ['left', 'right']
const METRIC_ID = /^[a-z][A-Za-z0-9_]*$/

const PERIOD = ['a period', isPeriod]
const STATISTIC = [
  'a statistic that this local CloudWatch supports, as Sum or p99',
  (value) =>
    STATISTICS.includes(value) || (typeof value === 'string' && percentileOf(value) !== undefined),
]
const ID = [
  'a text that begins with a small letter',
  (value) => typeof value === 'string' && METRIC_ID.test(value),
]

const GRAPH = {
  view: oneOf(VIEWS),
  period: PERIOD,
  stat: STATISTIC,
  stacked: FLAG,
  yAxis: OBJECT,
  annotations: OBJECT,
  legend: OBJECT,
}
/** The members of the last item of a metric. */
const METRIC_OPTIONS = {
  accountId: TEXT,
  color: COLOR,
  expression: TEXT,
  id: ID,
  label: TEXT,
  period: PERIOD,
  region: TEXT,
  stat: STATISTIC,
  visible: FLAG,
  yAxis: oneOf(AXES),
}
const AXIS = { label: TEXT, min: NUMBER, max: NUMBER, showUnits: FLAG }
const ANNOTATIONS = { horizontal: LIST, vertical: LIST }
const HORIZONTAL = {
  value: NUMBER,
  label: TEXT,
  color: COLOR,
  fill: TEXT,
  visible: FLAG,
  yAxis: oneOf(AXES),
}
const VERTICAL = { value: TEXT, label: TEXT, color: COLOR, fill: TEXT, visible: FLAG }

/** @returns {Iterable<import('./problems.mjs').Problem>} */
export function* graphProblems(path, properties) {
  yield* memberProblems(path, properties, GRAPH)
  const { metrics, region } = properties
  if (typeof region !== 'string') yield problem(path, "Should have required property 'region'")
  yield* axesProblems(`${path}/yAxis`, properties.yAxis)
  const annotations = isObject(properties.annotations) ? properties.annotations : {}
  yield* annotationProblems(`${path}/annotations`, annotations)
  if (metrics === undefined && annotations.alarms !== undefined) return
  if (!Array.isArray(metrics)) {
    yield problem(path, "Should have required property 'metrics'")
    return
  }
  if (metrics.length > MAX_METRICS) {
    yield problem(`${path}/metrics`, `Should have at most ${MAX_METRICS} metrics`)
  }
  for (const [index, metric] of metrics.entries()) {
    yield* metricProblems(`${path}/metrics/${index}`, metric)
  }
  const ids = metrics.map((metric) => (Array.isArray(metric) ? metric.at(-1)?.id : undefined))
  const known = ids.filter((id) => id !== undefined)
  if (new Set(known).size < known.length) {
    yield problem(`${path}/metrics`, 'Should have an id at most once')
  }
}

function* axesProblems(path, yAxis) {
  if (!isObject(yAxis)) return
  for (const [name, axis] of Object.entries(yAxis)) {
    if (!AXES.includes(name)) yield problem(path, `Should be one of ${AXES.join(', ')}`)
    else if (isObject(axis)) yield* memberProblems(`${path}/${name}`, axis, AXIS)
    else yield problem(`${path}/${name}`, 'Should be an object')
  }
}

function* metricProblems(path, metric) {
  if (!Array.isArray(metric) || metric.length === 0) {
    yield problem(
      path,
      'Should be a list: a namespace, a name, and the name and value of each dimension'
    )
    return
  }
  const hasOptions = isObject(metric.at(-1))
  const options = hasOptions ? metric.at(-1) : {}
  const names = hasOptions ? metric.slice(0, -1) : metric
  if (names.some((name) => typeof name !== 'string')) yield problem(path, 'Should hold texts')
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(METRIC_OPTIONS, name)) continue
    yield problem(path, `Should be one of ${Object.keys(METRIC_OPTIONS).join(', ')}`)
  }
  yield* memberProblems(path, options, METRIC_OPTIONS)
  const { expression } = options
  // "...": as many of the metric before as are missing.
  const isWhole = names.includes('...') || (names.length >= 2 && names.length % 2 === 0)
  if (expression === undefined && !isWhole) {
    yield problem(path, 'Should have a namespace, a name, and a value for each dimension')
  }
  if (expression !== undefined && names.length > 0) {
    yield problem(path, 'Should have no metric beside an expression')
  }
  if (typeof expression === 'string') {
    yield* expressionProblems(`${path}/expression`, expression)
  }
}

function* expressionProblems(path, expression) {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    yield problem(path, `Should have at most ${MAX_EXPRESSION_LENGTH} characters`)
    return
  }
  try {
    parse(expression)
  } catch (error) {
    yield problem(path, `Should be an expression: ${error.message}`)
  }
}

function* annotationProblems(path, annotations) {
  yield* memberProblems(path, annotations, ANNOTATIONS)
  for (const [name, kinds] of [
    ['horizontal', HORIZONTAL],
    ['vertical', VERTICAL],
  ]) {
    const list = Array.isArray(annotations[name]) ? annotations[name] : []
    for (const [index, item] of list.entries()) {
      yield* markProblems(`${path}/${name}/${index}`, item, kinds)
    }
  }
  const { alarms } = annotations
  if (alarms === undefined) return
  if (!Array.isArray(alarms) || alarms.length !== 1 || typeof alarms[0] !== 'string') {
    yield problem(`${path}/alarms`, 'Should be a list of one ARN')
  }
}

/** A line, or a band between two of them. */
function* markProblems(path, mark, kinds) {
  if (Array.isArray(mark) && mark.length === 2) {
    for (const [index, line] of mark.entries()) yield* lineProblems(`${path}/${index}`, line, kinds)
    return
  }
  yield* lineProblems(path, mark, kinds)
}

function* lineProblems(path, line, kinds) {
  if (!isObject(line)) {
    yield problem(path, 'Should be an object, or a list of two')
    return
  }
  yield* missingProblems(path, line, ['value'])
  yield* memberProblems(path, line, kinds)
}
