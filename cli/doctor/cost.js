'use strict'

// What the metrics cost a month on CloudWatch.
//
// Source: "Amazon CloudWatch Pricing" for us-east-1, seen in 2026: custom metrics, and PutMetricData.

const { setsOf } = require('../series.js')

/** US dollars a month for each of the first ten thousand series. Further ones cost less. */
const SERIES = 0.3
/** US dollars for a request. */
const REQUEST = 0.01 / 1_000
const MONTH_MS = 30 * 24 * 3_600_000

/**
 * @param {import('../../lib/define/definition.js').Metric[]} metrics
 * @param {{ flushIntervalMs: number, rollups: boolean }} options
 */
function costOf(metrics, { flushIntervalMs, rollups }) {
  const namespaces = new Set(metrics.map(({ namespace }) => namespace)).size
  const all = metrics.map((metric) => mostOf(metric, rollups))
  const open = metrics.filter((_, at) => all[at] === undefined)
  return {
    // Each process sends its own.
    requests: round((MONTH_MS / flushIntervalMs) * namespaces * REQUEST),
    series: SERIES,
    leastSeries: metrics.reduce((sum, metric) => sum + setsOf(metric, { rollups }).length, 0),
    ...(open.length === 0 && { mostSeries: all.reduce((sum, most) => sum + most, 0) }),
    openLabels: [
      ...new Set(open.flatMap(({ keys, values }) => keys.filter((_, at) => !values[at]))),
    ],
  }
}

/** The most series of a metric in an environment, or `undefined` if a label can have any value. */
function mostOf(metric, rollups) {
  const values = (key) => {
    const at = metric.keys.indexOf(key)
    const known = metric.values[at]?.length
    return known === undefined ? undefined : known + Number(metric.optional.includes(key))
  }
  const sizes = setsOf(metric, { rollups }).map((keys) => keys.map(values))
  if (sizes.flat().includes(undefined)) return undefined
  return sizes.reduce(
    (sum, counts) => sum + counts.reduce((product, count) => product * count, 1),
    0
  )
}

const round = (dollars) => Math.round(dollars * 100) / 100

module.exports = { costOf }
