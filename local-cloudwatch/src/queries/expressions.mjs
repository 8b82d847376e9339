/**
 * Queries that refer to each other: those of GetMetricData, and the metrics of an alarm.
 *
 *   queries -> parseQueries (what is wrong is refused) -> evaluateQueries (a store, a range) -> series of each
 *
 * Source, unless said otherwise: CloudWatch API Reference, MetricDataQuery.
 */

import { evaluate } from '../math/evaluate.mjs'
import { parse } from '../math/parse.mjs'
import { searchOf } from '../math/search.mjs'
import { isSeries } from '../math/series.mjs'
import { percentileOf, STATISTICS } from '../statistics.mjs'
import { isDynamic, labelOf } from './labels.mjs'
import { checkPeriod, checkUnit, countIn, isPeriod, pointsOf, timesIn } from './points.mjs'

/** Id: "The first character must be a lowercase letter". */
const QUERY_ID = /^[a-z][A-Za-z0-9_]{0,254}$/
/** Characters of an Expression. */
export const MAX_EXPRESSION_LENGTH = 2_048
/**
 * What FILL and TIME_SERIES may make in all, counted before: well above what GetMetricData returns, so that sums of filled
 * series are possible, and below what takes a second or much memory.
 */
const MAX_FILLED = 1_000_000
/** Seconds. The period of expressions if no metric has one. */
const DEFAULT_PERIOD = 300

/**
 * Checks queries, and parses their expressions.
 *
 * @param {Record<string, any>[]} queries MetricDataQuery
 * @param {(message: string) => Error} refusal
 */
export function parseQueries(queries, refusal) {
  const ids = queries.map(({ Id }) => Id)
  for (const id of ids) {
    if (!QUERY_ID.test(id ?? '')) {
      throw refusal(`The value ${id} for parameter Id is invalid.`)
    }
  }
  if (new Set(ids).size < ids.length) throw refusal('The Id of each query must be unique.')
  return queries.map((query) => {
    if (query.AccountId !== undefined) {
      throw refusal(`Query ${query.Id}: AccountId is not supported by this local CloudWatch.`)
    }
    const isExpression = query.Expression !== undefined
    if (isExpression === (query.MetricStat !== undefined)) {
      throw refusal(`Query ${query.Id}: exactly one of Expression and MetricStat is required.`)
    }
    if (isExpression) return { ...query, tree: treeOf(query, refusal) }
    checkMetricStat(query, refusal)
    return query
  })
}

function treeOf({ Id, Expression, Period }, refusal) {
  if (Expression.length > MAX_EXPRESSION_LENGTH) {
    throw refusal(`Query ${Id}: an expression has at most ${MAX_EXPRESSION_LENGTH} characters.`)
  }
  if (Period !== undefined) checkPeriod(Period, refusal)
  try {
    return parse(Expression)
  } catch (error) {
    throw refusal(`Query ${Id}: error in expression: ${error.message}`)
  }
}

function checkMetricStat({ Id, MetricStat }, refusal) {
  const { Metric: { Namespace, MetricName } = {}, Period, Stat, Unit } = MetricStat
  if ([Namespace, MetricName, Period, Stat].includes(undefined)) {
    throw refusal(`Query ${Id}: Namespace, MetricName, Period and Stat are required.`)
  }
  checkPeriod(Period, refusal)
  checkUnit(Unit, refusal)
  checkStatistic(Id, Stat, refusal)
}

function checkStatistic(Id, statistic, refusal) {
  if (!STATISTICS.includes(statistic) && percentileOf(statistic) === undefined) {
    throw refusal(`Query ${Id}: the statistic ${statistic} is not supported.`)
  }
}

/**
 * Evaluates queries in a range.
 *
 * @param {ReturnType<typeof parseQueries>} queries
 * @returns {{ query: Record<string, any>, list: import('../math/series.mjs').Series[] }[]} the series of each query
 */
export function evaluateQueries(queries, store, range, now, refusal) {
  const values = new Map()
  const evaluating = new Set()
  const metrics = queries
    .filter(({ tree }) => !tree)
    .map((query) => ({ id: query.Id, series: metricSeries(query, store, range, now) }))
  for (const { id, series } of metrics) values.set(id, series)
  const periodOf = ({ Period }) => Period ?? longest(metrics) ?? DEFAULT_PERIOD

  let filled = 0
  function times(period) {
    filled += countIn(range, period)
    if (filled > MAX_FILLED) {
      throw refusal(`The expressions fill more than ${MAX_FILLED} datapoints.`)
    }
    return timesIn(range, period)
  }

  function resolve(id) {
    const query = queries.find(({ Id }) => Id === id)
    if (!query || values.has(id)) return values.get(id)
    if (evaluating.has(id)) throw new SyntaxError(`${id} refers to itself`)
    evaluating.add(id)
    const context = {
      metrics,
      resolve,
      period: periodOf(query),
      times,
      search: (text, statistic, period) => {
        checkStatistic(id, statistic, (message) => new SyntaxError(message))
        if (!isPeriod(period)) throw new SyntaxError(`SEARCH: the period ${period} is invalid`)
        return found(text, { Stat: statistic, Period: period }, store, range, now)
      },
    }
    const value = evaluate(query.tree, context)
    values.set(id, value)
    return value
  }

  return queries.map((query) => {
    try {
      return { query, list: labelled(query, resolve(query.Id)) }
    } catch (error) {
      // A RangeError is one of the stack: the queries refer to each other too deeply.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
      throw refusal(`Query ${query.Id}: error in expression: ${error.message}`)
    }
  })
}

function metricSeries({ Label, MetricStat }, store, range, now) {
  const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric
  const series = {
    label: MetricName,
    period: MetricStat.Period,
    points: pointsOf(store.metric(Namespace, MetricName, Dimensions), MetricStat, range, now),
    metric: { namespace: Namespace, metricName: MetricName, dimensions: Dimensions },
  }
  return { ...series, label: labelOf(Label, MetricName, series) }
}

function longest(metrics) {
  const periods = metrics.map(({ series }) => series.period)
  return periods.length > 0 ? Math.max(...periods) : undefined
}

function found(text, question, store, range, now) {
  const isFound = searchOf(text)
  return [...store.metrics()]
    .filter(isFound)
    .map((metric) => ({
      label: [metric.metricName, ...metric.dimensions.map(({ Value }) => Value)].join(' '),
      period: question.Period,
      points: pointsOf(metric, question, range, now),
      metric,
    }))
    .filter(({ points }) => points.size > 0)
}

/** What a query returns: its series, under its label. */
function labelled({ Id, Label, tree, ReturnData = true }, value) {
  if (!tree) return [value]
  // A series that is calculated from several is of no metric.
  if (isSeries(value)) {
    return [{ ...value, label: labelOf(Label, Id, { ...value, metric: undefined }) }]
  }
  if (Array.isArray(value)) {
    return value.map((series) => ({ ...series, label: labelAmong(Label, series) }))
  }
  if (!ReturnData) return []
  throw new SyntaxError('the result must be a time series, or a list of them')
}

/** Each of several series has the label of the query and its own, unless the first says which it is. */
function labelAmong(label, series) {
  if (isDynamic(label)) return labelOf(label, series.label, series)
  return [label ?? '', series.label].filter((text) => text !== '').join(' ')
}
