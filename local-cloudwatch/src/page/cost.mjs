/**
 * What the series and the requests that were seen cost a month on CloudWatch, and which label costs most.
 *
 * Source: "Amazon CloudWatch Pricing" for us-east-1, seen in 2026: custom metrics, and PutMetricData.
 */

/** US dollars a month for each of so many series, from the first on. */
const TIERS = [
  { series: 10_000, each: 0.3 },
  { series: 240_000, each: 0.1 },
  { series: 750_000, each: 0.05 },
  { series: Infinity, each: 0.02 },
]
/** US dollars for a request. */
const REQUEST = 0.01 / 1_000
const MONTH_MS = 30 * 24 * 3_600_000

/** US dollars a month for a number of series. */
export function costOfSeries(count) {
  let left = count
  let cost = 0
  for (const { series, each } of TIERS) {
    const within = Math.min(left, series)
    cost += within * each
    left -= within
  }
  return cost
}

/** US dollars a month for requests that come at the rate of `count` in `ms`. */
export const costOfRequests = (count, ms) => (ms > 0 ? (count / ms) * MONTH_MS * REQUEST : 0)

/**
 * The series of each metric, those that cost most first, and what its labels cost: how many series there would be without
 * the label.
 *
 * @param {Iterable<import('../store.mjs').Metric>} metrics
 */
export function costByMetric(metrics) {
  const groups = new Map()
  for (const { namespace, metricName, dimensions } of metrics) {
    const key = JSON.stringify([namespace, metricName])
    if (!groups.has(key)) groups.set(key, { namespace, metricName, sets: [] })
    groups.get(key).sets.push(dimensions)
  }
  return [...groups.values()]
    .map(({ namespace, metricName, sets }) => ({
      namespace,
      metricName,
      series: sets.length,
      labels: labelsOf(sets),
    }))
    .sort((a, b) => b.series - a.series)
}

function labelsOf(sets) {
  const names = new Set(sets.flatMap((dimensions) => dimensions.map(({ Name }) => Name)))
  return [...names]
    .map((name) => {
      const values = new Set()
      const without = new Set()
      for (const dimensions of sets) {
        const value = dimensions.find(({ Name }) => Name === name)?.Value
        if (value !== undefined) values.add(value)
        without.add(JSON.stringify(dimensions.filter(({ Name }) => Name !== name)))
      }
      return { name, values: values.size, saves: sets.length - without.size }
    })
    .sort((a, b) => b.saves - a.saves)
}
