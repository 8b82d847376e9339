/** What was recorded against what CloudWatch says: every series and every roll-up, in both directions. */

import { PERCENTILES } from './readback.mjs'
import { rollupsOf, seriesKey } from './tally.mjs'

/** Sums are of the same numbers in another order; this is far above what rounding can do. */
const SUM_TOLERANCE = 1e-9
/**
 * A series and minute keeps 1,500 distinct values as they are. Past that, values share buckets of 1 %, so
 * that every rank, and what is interpolated between two of them, is within 1 % of its own.
 */
const MAX_EXACT_VALUES = 1_500
const BUCKET_TOLERANCE = 0.01 * (1 + SUM_TOLERANCE)

/**
 * @param {object[]} recorded series of the worker's tally
 * @param {Map<string, object>} readBack
 * @returns {{ differences: string[], waits: object[] }} `waits` are the series that have percentiles
 */
export function compare(recorded, readBack) {
  const differences = []
  const waits = []
  const expect = (what, actual, expected, tolerance) => {
    if (isWithin(actual, expected, tolerance)) return
    differences.push(`${what} is ${actual}, and ${expected} was recorded`)
  }
  const unexpected = new Set(readBack.keys())
  for (const { metric, dimensions, count, sum, values } of [...recorded, ...rollupsOf(recorded)]) {
    const key = seriesKey(metric, dimensions)
    const found = readBack.get(key)
    unexpected.delete(key)
    if (!found) {
      differences.push(`${key} is missing: ${count} records`)
      continue
    }
    expect(`${key}: SampleCount`, found.count, count, 0)
    expect(`${key}: Sum`, found.sum, sum, SUM_TOLERANCE)
    if (!values) continue
    const distinct = new Set(values).size
    // Distinct values of the whole run are at least those of a minute.
    const tolerance = distinct > MAX_EXACT_VALUES ? BUCKET_TOLERANCE : SUM_TOLERANCE
    const expected = percentilesOf(values)
    for (const name of PERCENTILES) {
      expect(`${key}: ${name}`, found.percentiles[name], expected[name], tolerance)
    }
    const gap = Math.max(
      ...PERCENTILES.map((name) => relativeGap(found.percentiles[name], expected[name]))
    )
    waits.push({ ...found, distinct, gap })
  }
  for (const key of unexpected) differences.push(`${key} was never recorded`)
  return { differences, waits }
}

/**
 * Whether the addon's own account agrees: all applied, nothing left, nothing dropped or sent twice, and what
 * it counts as sent is what arrived.
 *
 * @param {import('../../index.js').HostedKeyMetricsStats | undefined} stats
 * @param {number} records
 * @param {{ requests: number, raw: number, compressed: number }} arrived
 */
export function compareStats(stats, records, { requests, raw, compressed }) {
  if (!stats) return ['stats: the worker did not tell them']
  const { bytesSent, dropped } = stats
  const unexpected = [
    ['recorded', stats.recorded, records],
    ['applied', stats.applied, records],
    ['buffered', stats.buffered, 0],
    ['inFlight', stats.inFlight, 0],
    ['possiblyDuplicated', stats.possiblyDuplicated, 0],
    ['requests', stats.requests, requests],
    ['bytesSent.raw', bytesSent.raw, raw],
    ['bytesSent.compressed', bytesSent.compressed, compressed],
    ...Object.entries(dropped).map(([reason, count]) => [`dropped.${reason}`, count, 0]),
  ].filter(([, actual, expected]) => actual !== expected)
  return unexpected.map(
    ([name, actual, expected]) => `stats: ${name} is ${actual}, and ${expected} was expected`
  )
}

function relativeGap(actual, expected) {
  return actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected)
}

function isWithin(actual, expected, tolerance) {
  return relativeGap(actual, expected) <= tolerance
}

/**
 * Of the single values. CloudWatch publishes no formula; the local one interpolates between the two nearest
 * ranks, and so does this.
 */
function percentilesOf(values) {
  const sorted = Float64Array.from(values).sort()
  const at = (name) => {
    const rank = (Number(name.slice(1)) / 100) * (sorted.length - 1)
    const low = sorted[Math.floor(rank)]
    return low + (rank % 1) * (sorted[Math.ceil(rank)] - low)
  }
  return Object.fromEntries(PERCENTILES.map((name) => [name, at(name)]))
}
