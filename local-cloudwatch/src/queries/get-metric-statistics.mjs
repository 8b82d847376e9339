/**
 * GetMetricStatistics. What is not supported here is refused, never ignored.
 *
 * Source, unless said otherwise: CloudWatch API Reference, GetMetricStatistics.
 */

import { invalidCombination, invalidValue, missing } from '../errors.mjs'
import { percentileOf, STATISTICS, statisticOf } from '../statistics.mjs'
import { cellsOf, checkPeriod, checkRange, checkUnit, groupBy, periods } from './points.mjs'

/** "The maximum number of data points returned from a single call". */
export const MAX_DATAPOINTS = 1_440
/** ExtendedStatistics. */
const MAX_EXTENDED_STATISTICS = 10

export function getMetricStatistics(store, input, now) {
  for (const name of ['Namespace', 'MetricName', 'StartTime', 'EndTime', 'Period']) {
    if (input[name] === undefined) throw missing(`The parameter ${name} is required.`)
  }
  const { Statistics: statistics = [], ExtendedStatistics: extended = [] } = input
  checkStatistics(statistics, extended)
  checkRange(input, invalidValue)
  checkPeriod(input.Period, invalidValue)
  checkUnit(input.Unit, invalidValue)
  const requested = Math.ceil((input.EndTime - input.StartTime) / (input.Period * 1000))
  if (requested > MAX_DATAPOINTS) {
    throw invalidCombination(
      `You have requested up to ${requested} datapoints, which exceeds the limit of ${MAX_DATAPOINTS}.`
    )
  }
  const metric = store.metric(input.Namespace, input.MetricName, input.Dimensions)
  // One datapoint for each unit, since the service converts none.
  const groups = [...groupBy(cellsOf(metric, input, input, now), ({ unit }) => unit)]
  const Datapoints = groups.flatMap(([Unit, cells]) =>
    [...periods(cells, input.Period, input)].flatMap(([start, inPeriod]) => {
      const point = datapoint(inPeriod, statistics, extended)
      return point ? [{ Timestamp: new Date(start), Unit, ...point }] : []
    })
  )
  return { Label: input.MetricName, Datapoints }
}

function checkStatistics(statistics, extended) {
  if (statistics.length === 0 && extended.length === 0) {
    throw missing('One of Statistics or ExtendedStatistics is required.')
  }
  if (statistics.length > 0 && extended.length > 0) {
    throw invalidCombination('Statistics and ExtendedStatistics are mutually exclusive.')
  }
  if (extended.length > MAX_EXTENDED_STATISTICS) {
    throw invalidValue(
      `The collection ExtendedStatistics must not have a size greater than ${MAX_EXTENDED_STATISTICS}.`
    )
  }
  const unknown =
    statistics.find((name) => !STATISTICS.includes(name)) ??
    extended.find((name) => percentileOf(name) === undefined)
  if (unknown !== undefined) throw invalidValue(`The statistic ${unknown} is invalid.`)
}

/** @returns {object | undefined} `undefined` when the cells have none of the statistics */
function datapoint(cells, statistics, extended) {
  const values = (names) =>
    Object.fromEntries(
      names
        .map((name) => [name, statisticOf(cells, name)])
        .filter(([, value]) => value !== undefined)
    )
  if (statistics.length > 0) return values(statistics)
  const percentiles = values(extended)
  return Object.keys(percentiles).length > 0 ? { ExtendedStatistics: percentiles } : undefined
}
