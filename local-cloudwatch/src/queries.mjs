/**
 * GetMetricStatistics, GetMetricData and ListMetrics over the store. What is not supported here is refused, never
 * ignored.
 *
 * Source, unless said otherwise: CloudWatch API Reference, the page of each operation.
 */

import {
  invalidCombination,
  invalidValue,
  missing,
  ServiceError,
  validationError,
} from './errors.mjs'
import { MAX_AGE_MS, UNITS } from './limits.mjs'
import { percentileOf, STATISTICS, statisticOf } from './statistics.mjs'

/** GetMetricStatistics: "The maximum number of data points returned from a single call". */
export const MAX_DATAPOINTS = 1_440
/** GetMetricStatistics, ExtendedStatistics. */
const MAX_EXTENDED_STATISTICS = 10
/** GetMetricData, MetricDataQueries. */
const MAX_QUERIES = 500
/** GetMetricData: "a total of as many as 100,800 data points". */
const MAX_QUERY_DATAPOINTS = 100_800
/** ListMetrics: "Up to 500 results are returned for any one call". */
const MAX_LISTED = 500
/** ListMetrics, Dimensions. */
const MAX_FILTERS = 10
/** Milliseconds. ListMetrics, RecentlyActive `PT3H`; also how long a sub-minute period is kept. */
const THREE_HOURS_MS = 3 * 60 * 60 * 1000
/** Seconds. The periods of high-resolution metrics; any other is a multiple of a minute. */
const SHORT_PERIODS = [1, 5, 10, 20, 30]
/** Seconds. */
const MINUTE = 60
/** GetMetricData, Id: "The first character must be a lowercase letter". */
const QUERY_ID = /^[a-z][A-Za-z0-9_]{0,254}$/

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
  // One datapoint for each unit, since the service converts none.
  const groups = [...datumsByUnit(datumsOf(store, input, input, input, now))]
  const Datapoints = groups.flatMap(([Unit, datums]) =>
    [...periods(datums, input.Period)].flatMap(([start, inPeriod]) => {
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

/** @returns {object | undefined} `undefined` when the datums have none of the statistics */
function datapoint(datums, statistics, extended) {
  const values = (names) =>
    Object.fromEntries(
      names
        .map((name) => [name, statisticOf(datums, name)])
        .filter(([, value]) => value !== undefined)
    )
  if (statistics.length > 0) return values(statistics)
  const percentiles = values(extended)
  return Object.keys(percentiles).length > 0 ? { ExtendedStatistics: percentiles } : undefined
}

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
  checkRange(input, validationError)
  const queries = input.MetricDataQueries
  checkQueries(queries)
  const results = queries
    .filter(({ ReturnData = true }) => ReturnData)
    .map((query) => series(store, query, input, order, now))
  if (results.reduce((count, { Values }) => count + Values.length, 0) > MAX_QUERY_DATAPOINTS) {
    throw validationError(`The queries return more than ${MAX_QUERY_DATAPOINTS} datapoints.`)
  }
  return { MetricDataResults: results, Messages: [] }
}

function checkQueries(queries) {
  if (queries.length === 0 || queries.length > MAX_QUERIES) {
    throw validationError(`MetricDataQueries must hold 1 to ${MAX_QUERIES} queries.`)
  }
  const ids = queries.map(({ Id }) => Id)
  for (const id of ids) {
    if (!QUERY_ID.test(id ?? '')) {
      throw validationError(`The value ${id} for parameter Id is invalid.`)
    }
  }
  if (new Set(ids).size < ids.length) throw validationError('The Id of each query must be unique.')
  for (const { Id, Expression, MetricStat } of queries) {
    if (Expression !== undefined) {
      throw validationError(`Query ${Id}: expressions are not supported by this local CloudWatch.`)
    }
    const { Metric: { Namespace, MetricName } = {}, Period, Stat } = MetricStat ?? {}
    if ([Namespace, MetricName, Period, Stat].includes(undefined)) {
      throw validationError(`Query ${Id}: Namespace, MetricName, Period and Stat are required.`)
    }
    checkPeriod(Period, validationError)
    checkUnit(MetricStat.Unit, validationError)
    if (!STATISTICS.includes(Stat) && percentileOf(Stat) === undefined) {
      throw validationError(`Query ${Id}: the statistic ${Stat} is not supported.`)
    }
  }
}

/** Without a unit, the datums of every unit count together, because a series has one value a period. */
function series(store, { Id, Label, MetricStat }, range, order, now) {
  const { Metric, Period, Stat } = MetricStat
  const points = [...periods(datumsOf(store, Metric, MetricStat, range, now), Period)]
    .map(([start, datums]) => ({ Timestamp: new Date(start), Value: statisticOf(datums, Stat) }))
    .filter(({ Value }) => Value !== undefined)
    .sort((a, b) => a.Timestamp - b.Timestamp)
  if (order === 'TimestampDescending') points.reverse()
  return {
    Id,
    Label: Label ?? Metric.MetricName,
    Timestamps: points.map(({ Timestamp }) => Timestamp),
    Values: points.map(({ Value }) => Value),
    StatusCode: 'Complete',
  }
}

export function listMetrics(store, input, now) {
  const { Namespace, MetricName, Dimensions: filters = [], RecentlyActive } = input
  if (RecentlyActive !== undefined && RecentlyActive !== 'PT3H') {
    throw invalidValue(`The value ${RecentlyActive} for parameter RecentlyActive is invalid.`)
  }
  if (filters.length > MAX_FILTERS) {
    throw invalidValue(
      `The collection Dimensions must not have a size greater than ${MAX_FILTERS}.`
    )
  }
  if (filters.some(({ Name }) => !Name)) throw missing('The parameter Dimensions.Name is required.')
  const oldest = now - (RecentlyActive ? THREE_HOURS_MS : MAX_AGE_MS)
  const found = [...store.metrics()].filter(
    (metric) =>
      (Namespace ?? metric.namespace) === metric.namespace &&
      (MetricName ?? metric.metricName) === metric.metricName &&
      filters.every((filter) =>
        metric.dimensions.some((dimension) => matches(filter, dimension))
      ) &&
      metric.datums.some(({ timestamp }) => timestamp.getTime() >= oldest)
  )
  const start = Number(input.NextToken ?? 0)
  if (!Number.isInteger(start) || start < 0) throw invalidValue('The NextToken is invalid.')
  const next = start + MAX_LISTED
  return {
    Metrics: found.slice(start, next).map(({ namespace, metricName, dimensions }) => ({
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: dimensions,
    })),
    NextToken: next < found.length ? String(next) : undefined,
  }
}

function matches(filter, { Name, Value }) {
  return filter.Name === Name && (filter.Value ?? Value) === Value
}

function checkRange({ StartTime, EndTime }, refusal) {
  if (StartTime >= EndTime) {
    throw refusal('The parameter StartTime must be less than the parameter EndTime.')
  }
}

function checkPeriod(period, refusal) {
  const isMinutes = period > 0 && period % MINUTE === 0
  if (!isMinutes && !SHORT_PERIODS.includes(period)) {
    throw refusal(`The value ${period} for parameter Period is invalid.`)
  }
}

function checkUnit(unit, refusal) {
  if (unit !== undefined && !UNITS.has(unit)) {
    throw refusal(`The value ${unit} for parameter Unit is invalid.`)
  }
}

/**
 * The datums with exactly this set of dimensions, from the start of the range (rounded down to the minute, or to a
 * shorter period) to its end, which is excluded.
 */
function datumsOf(store, { Namespace, MetricName, Dimensions }, { Unit, Period }, range, now) {
  const grain = Math.min(Period, MINUTE) * 1000
  const start = Math.floor(range.StartTime.getTime() / grain) * grain
  const end = range.EndTime.getTime()
  const isShort = Period < MINUTE
  if (isShort && start < now - THREE_HOURS_MS) return []
  const datums = store.metric(Namespace, MetricName, Dimensions)?.datums ?? []
  return datums.filter((datum) => {
    const time = storedAt(datum)
    const isFineEnough = !isShort || datum.storageResolution < MINUTE
    return time >= start && time < end && isFineEnough && (Unit ?? datum.unit) === datum.unit
  })
}

/** A datum is kept at the start of its second or minute: nothing finer is stored. */
function storedAt({ timestamp, storageResolution }) {
  const grain = storageResolution * 1000
  return Math.floor(timestamp.getTime() / grain) * grain
}

function datumsByUnit(datums) {
  return groupBy(datums, ({ unit }) => unit)
}

/** Datums by the start of their period, in milliseconds, aligned to the clock. */
function periods(datums, period) {
  const length = period * 1000
  return groupBy(datums, (datum) => Math.floor(storedAt(datum) / length) * length)
}

function groupBy(datums, keyOf) {
  const groups = new Map()
  for (const datum of datums) {
    const key = keyOf(datum)
    const group = groups.get(key)
    if (group) group.push(datum)
    else groups.set(key, [datum])
  }
  return groups
}
