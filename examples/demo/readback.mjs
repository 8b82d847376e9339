/** Reads back through CloudWatch's public API, with the AWS SDK, as a dashboard would. */

import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  paginateGetMetricData,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch'
import { NAMESPACE, seriesKey, unitOf, WAIT_METRIC } from './tally.mjs'

/** Source: GetMetricData, MetricDataQueries. */
const MAX_QUERIES = 500
const SUMMED = ['SampleCount', 'Sum']
const MINUTE_MS = 60_000

export const PERCENTILES = ['p50', 'p90', 'p99']

/** A client that uses nothing of the user's own set-up, and knows no address but this one. */
export function clientFor(endpoint) {
  return new CloudWatchClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local' },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 1,
  })
}

/**
 * @param {CloudWatchClient} client
 * @param {{ from: number, to: number }} run milliseconds since the epoch
 * @returns {Promise<Map<string, object>>} every series of the namespace: metric, dimensions, unit, count,
 *   sum, and the percentiles of waits
 */
export async function readBack(client, run) {
  const range = {
    StartTime: new Date(Math.floor(run.from / MINUTE_MS) * MINUTE_MS),
    EndTime: new Date((Math.floor(run.to / MINUTE_MS) + 1) * MINUTE_MS),
  }
  const series = new Map()
  for await (const { Metrics } of paginateListMetrics({ client }, { Namespace: NAMESPACE })) {
    for (const { MetricName: metric, Dimensions: dimensions } of Metrics) {
      const key = seriesKey(metric, dimensions)
      series.set(key, { metric, dimensions, unit: unitOf(metric), count: 0, sum: 0 })
    }
  }
  await readSums(client, range, [...series.values()])
  for (const waits of series.values()) {
    // Without its reason, it is a roll-up of others.
    if (waits.metric === WAIT_METRIC && waits.dimensions.some(({ Name }) => Name === 'Reason')) {
      waits.percentiles = await readPercentiles(client, range, waits)
    }
  }
  return series
}

/** Adds up one datapoint a minute. A unit that is not the metric's finds nothing. */
async function readSums(client, range, series) {
  const queries = series.flatMap((one, index) =>
    SUMMED.map((Stat) => ({
      Id: `${Stat.toLowerCase()}_${index}`,
      MetricStat: { Metric: metricOf(one), Period: 60, Stat, Unit: one.unit },
    }))
  )
  for (let first = 0; first < queries.length; first += MAX_QUERIES) {
    const MetricDataQueries = queries.slice(first, first + MAX_QUERIES)
    const pages = paginateGetMetricData({ client }, { ...range, MetricDataQueries })
    for await (const { MetricDataResults } of pages) {
      for (const { Id, Values } of MetricDataResults) {
        const [stat, index] = Id.split('_')
        const field = stat === 'sum' ? 'sum' : 'count'
        for (const value of Values) series[index][field] += value
      }
    }
  }
}

/** Percentiles cannot be added up: one datapoint has to hold the whole run. */
async function readPercentiles(client, range, series) {
  const { Namespace, MetricName, Dimensions } = metricOf(series)
  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      ...range,
      Namespace,
      MetricName,
      Dimensions,
      Period: periodThatHolds(range),
      ExtendedStatistics: PERCENTILES,
      Unit: series.unit,
    })
  )
  return Datapoints.length === 1 ? Datapoints[0].ExtendedStatistics : {}
}

/** Seconds. Periods are aligned to the clock, so the shortest that begins and ends outside is looked for. */
function periodThatHolds({ StartTime, EndTime }) {
  const [start, end] = [StartTime.getTime() / 1000, EndTime.getTime() / 1000]
  let period = 3_600
  while (Math.floor(start / period) !== Math.floor((end - 1) / period)) period += 60
  return period
}

function metricOf({ metric, dimensions }) {
  return { Namespace: NAMESPACE, MetricName: metric, Dimensions: dimensions }
}
