/**
 * Whether the queries of an alarm can return what an alarm is about: one time series.
 *
 * The kind of a result may depend on the data, as in `IF(SUM(m1) > 0, SUM(m1), m1)`. So the queries are tried twice, on
 * metrics that have a value and on metrics that have none, and are refused if neither works.
 *
 * Source: CloudWatch API Reference, PutMetricAlarm, Metrics, and MetricDataQuery, Expression.
 */

import { evaluateQueries } from '../queries/expressions.mjs'

const EMPTY = { metric: () => undefined, metrics: () => [] }
const CELL = { time: 0, unit: 'None', storageResolution: 1, samples: new Map([[1, 1]]), sets: [] }
const FULL = { metric: () => ({ cells: new Map([['', CELL]]) }), metrics: () => [] }

/**
 * @param {ReturnType<typeof import('../queries/expressions.mjs').parseQueries>} queries
 * @param {number} period seconds
 * @param {(message: string) => Error} refusal
 */
export function checkSingleSeries(queries, period, refusal) {
  const ofAnyUnit = queries.map(({ MetricStat, ...query }) =>
    MetricStat ? { ...query, MetricStat: { ...MetricStat, Unit: undefined } } : query
  )
  const range = { StartTime: new Date(0), EndTime: new Date(period * 1000), origin: 0 }
  const problems = [FULL, EMPTY].map((store) => {
    try {
      const results = evaluateQueries(ofAnyUnit, store, range, 0, refusal)
      return singleSeriesOf(results, refusal) ? undefined : refusal(wrongNumber(0))
    } catch (error) {
      return error
    }
  })
  if (problems.every((problem) => problem !== undefined)) throw problems[0]
}

/**
 * The series of the query that returns data.
 *
 * @param {ReturnType<typeof evaluateQueries>} results
 * @param {(message: string) => Error} refusal
 * @returns {import('../math/series.mjs').Series | undefined} `undefined` if the query has found none
 */
export function singleSeriesOf(results, refusal) {
  const { list } = results.find(({ query: { ReturnData = true } }) => ReturnData)
  if (list.length > 1) throw refusal(wrongNumber(list.length))
  return list[0]
}

const wrongNumber = (count) =>
  `The metrics list must return a single time series. It returns ${count}.`
