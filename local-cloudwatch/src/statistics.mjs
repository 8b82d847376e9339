/**
 * Statistics over the cells of one period, as if each value had been sent as often as its count.
 */

import { invalidValue } from './errors.mjs'

/** Source: CloudWatch API Reference, GetMetricStatistics, Statistics. */
export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']

/** `p` and a number of 0 to 100: p50, p99, p99.9. */
const PERCENTILE = /^p(\d{1,3}(?:\.\d{1,10})?)$/

/**
 * @param {import('./store.mjs').Cell[]} cells at least one
 * @returns {{ SampleCount: number, Average: number, Sum: number, Minimum: number, Maximum: number }}
 */
export function summarize(cells) {
  let SampleCount = 0
  let Sum = 0
  let Minimum = Infinity
  let Maximum = -Infinity
  for (const cell of cells) {
    for (const part of parts(cell)) {
      SampleCount += part.count
      Sum += part.sum
      Minimum = Math.min(Minimum, part.minimum)
      Maximum = Math.max(Maximum, part.maximum)
    }
  }
  return { SampleCount, Average: Sum / SampleCount, Sum, Minimum, Maximum }
}

/**
 * @param {string} statistic such as `p99.9`
 * @returns {number | undefined} the percentile, or `undefined` when it is none
 */
export function percentileOf(statistic) {
  const percent = Number(PERCENTILE.exec(statistic)?.[1] ?? Number.NaN)
  return percent <= 100 ? percent : undefined
}

/**
 * CloudWatch publishes no formula. This is linear interpolation between the two nearest ranks (the
 * default of NumPy): the value at rank `percent / 100 * (samples - 1)`, counted from 0.
 *
 * @param {import('./store.mjs').Cell[]} cells
 * @param {number} percent 0 to 100
 * @returns {number | undefined} `undefined` where CloudWatch has none: "when any of the metric values
 *   are negative numbers", and for statistic sets, unless all their samples are equal
 */
export function percentile(cells, percent) {
  const samples = cells.flatMap((cell) => [...parts(cell)])
  const isKnown = samples.every(({ minimum, maximum }) => minimum >= 0 && minimum === maximum)
  if (!isKnown || samples.length === 0) return undefined
  samples.sort((a, b) => a.minimum - b.minimum)
  const total = samples.reduce((count, sample) => count + sample.count, 0)
  const rank = (percent / 100) * Math.max(0, total - 1)
  const lower = Math.floor(rank)
  const low = valueAt(samples, lower)
  return rank === lower ? low : low + (rank - lower) * (valueAt(samples, lower + 1) - low)
}

/**
 * @param {import('./store.mjs').Cell[]} cells
 * @param {string} statistic one of `STATISTICS`, or a percentile
 */
export function statisticOf(cells, statistic) {
  if (STATISTICS.includes(statistic)) return summarize(cells)[statistic]
  const percent = percentileOf(statistic)
  if (percent === undefined) throw invalidValue(`The statistic ${statistic} is not supported.`)
  return percentile(cells, percent)
}

/** A cell as groups of equal samples; a statistic set stays one group. */
function* parts({ samples, sets }) {
  for (const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } of sets) {
    yield { count, sum, minimum, maximum }
  }
  for (const [value, count] of samples) {
    yield { count, sum: value * count, minimum: value, maximum: value }
  }
}

function valueAt(samples, rank) {
  let seen = 0
  for (const { minimum, count } of samples) {
    seen += count
    if (rank < seen) return minimum
  }
  return samples.at(-1).minimum
}
