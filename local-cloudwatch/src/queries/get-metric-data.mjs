/**
 * GetMetricData, with metric math and searches. What is not supported here is refused, never ignored.
 *
 * Source, unless said otherwise: CloudWatch API Reference, GetMetricData and MetricDataQuery.
 */

import { ServiceError, validationError } from '../errors.mjs'
import { evaluateQueries, parseQueries } from './expressions.mjs'
import { checkRange } from './points.mjs'

/** MetricDataQueries. */
const MAX_QUERIES = 500
/** "a total of as many as 100,800 data points". */
const MAX_QUERY_DATAPOINTS = 100_800

/** LabelOptions, Timezone: "+ or - followed by four digits", hours and minutes. */
const TIMEZONE = /^[+-](?:[01]\d|2[0-3])[0-5]\d$/

export function getMetricData(store, input, now) {
  for (const name of ['MetricDataQueries', 'StartTime', 'EndTime']) {
    if (input[name] === undefined) throw validationError(`The parameter ${name} is required.`)
  }
  if (input.NextToken !== undefined) {
    throw new ServiceError(400, 'InvalidNextToken', 'This local CloudWatch answers on one page.')
  }
  if (input.MaxDatapoints !== undefined) {
    throw validationError('MaxDatapoints is not supported by this local CloudWatch.')
  }
  const order = input.ScanBy ?? 'TimestampDescending'
  if (!['TimestampAscending', 'TimestampDescending'].includes(order)) {
    throw validationError(`The value ${order} for parameter ScanBy is invalid.`)
  }
  // It would change times in labels alone, and those stay as they are.
  const { Timezone = '+0000' } = input.LabelOptions ?? {}
  if (!TIMEZONE.test(Timezone)) {
    throw validationError(`The value ${Timezone} for parameter LabelOptions.Timezone is invalid.`)
  }
  checkRange(input, validationError)
  const { MetricDataQueries } = input
  if (MetricDataQueries.length === 0 || MetricDataQueries.length > MAX_QUERIES) {
    throw validationError(`MetricDataQueries must hold 1 to ${MAX_QUERIES} queries.`)
  }
  const queries = parseQueries(MetricDataQueries, validationError)
  const results = evaluateQueries(queries, store, input, now, validationError)
    .filter(({ query }) => query.ReturnData ?? true)
    .flatMap(({ query, list }) => list.map((series) => resultOf(query, series, order)))
  if (results.reduce((count, { Values }) => count + Values.length, 0) > MAX_QUERY_DATAPOINTS) {
    throw validationError(`The queries return more than ${MAX_QUERY_DATAPOINTS} datapoints.`)
  }
  return { MetricDataResults: results, Messages: [] }
}

function resultOf({ Id }, { label, points }, order) {
  const inOrder = [...points]
  if (order === 'TimestampDescending') inOrder.reverse()
  return {
    Id,
    Label: label,
    Timestamps: inOrder.map(([time]) => new Date(time)),
    Values: inOrder.map(([, value]) => value),
    StatusCode: 'Complete',
  }
}
