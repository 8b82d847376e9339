// One recorder over a number of series: a counter of three labels, or a value of two. The series come in an order
// that no predictor guesses. Each call gets an object of its own whose strings exist already, as at a call site.

import { shares } from './shares.mjs'

// Calls until the order repeats, unless there are more series. A power of two.
const LEAST_ORDER = 1 << 13

const REASONS = ['actor_requests', 'dimension', 'queue_position']

// A prime number of values, so that every series meets all of them.
const VALUES = 1_021

/** Which series each call is for, all of them at least once. */
export function orderOf(series) {
  const length = Math.max(LEAST_ORDER, 2 ** Math.ceil(Math.log2(2 * series)))
  const order = Uint32Array.from(shares(3, length), (share) => Math.floor(share * series) % series)
  const places = shares(4, series).map((share, index) => [share, index])
  places.sort(([a], [b]) => a - b)
  // The first calls are a shuffle of all, so that a warm-up of that length knows every series.
  for (let index = 0; index < series; index++) order[index] = places[index][1]
  return order
}

/** Labels that spread evenly over the three levels. */
export function subjectsOf(series) {
  const width = Math.ceil(Math.cbrt(series))
  const named = (kind) => Array.from({ length: width }, (_, index) => `${kind}_${index + 1}`)
  const [providers, tools, keys] = [named('provider'), named('tool'), named('PROVIDER_API_KEY')]
  return Array.from({ length: series }, (_, index) => ({
    provider: providers[index % width],
    tool: tools[Math.floor(index / width) % width],
    key: keys[Math.floor(index / width ** 2)],
  }))
}

/**
 * `recordUsed`, with labels that spread evenly over the three levels.
 *
 * @param {number} series
 * @param {{ reuse?: boolean }} [options] `reuse` passes the same object for a series each time, so that what is
 *   allocated is what the recorder allocates
 * @returns {import('./index.mjs').Load}
 */
export function counterLoad(series, { reuse = false } = {}) {
  const subjects = subjectsOf(series)
  const order = orderOf(series)
  const mask = order.length - 1
  return {
    step: 1,
    run: reuse
      ? (metrics, first, count) => {
          for (let call = first; call < first + count; call++) {
            metrics.recordUsed(subjects[order[call & mask]])
          }
        }
      : (metrics, first, count) => {
          for (let call = first; call < first + count; call++) {
            const { provider, tool, key } = subjects[order[call & mask]]
            metrics.recordUsed({ provider, tool, key })
          }
        },
    totals: (count) => ({ Used: { points: count, sum: count } }),
  }
}

/**
 * `recordQueueWait`, with durations up to five seconds, most of them short.
 *
 * @param {number} series
 * @param {{ values?: number, reuse?: boolean }} [options] `values`: how many distinct ones there are
 * @returns {import('./index.mjs').Load}
 */
export function valueLoad(series, { values = VALUES, reuse = false } = {}) {
  const providers = Array.from(
    { length: Math.ceil(series / REASONS.length) },
    (_, index) => `provider_${index + 1}`
  )
  const subjects = Array.from({ length: series }, (_, index) => ({
    provider: providers[Math.floor(index / REASONS.length)],
    reason: REASONS[index % REASONS.length],
  }))
  const order = orderOf(series)
  const mask = order.length - 1
  const durations = shares(1, values).map((share) => 5_000 * share ** 3)
  // An array of numbers alone makes an object of each that leaves it; of one with something else in it they are objects
  // already.
  if (reuse) durations.push(null)
  return {
    step: 1,
    run: reuse
      ? (metrics, first, count) => {
          for (let call = first; call < first + count; call++) {
            metrics.recordQueueWait(durations[call % values], subjects[order[call & mask]])
          }
        }
      : (metrics, first, count) => {
          for (let call = first; call < first + count; call++) {
            const { provider, reason } = subjects[order[call & mask]]
            metrics.recordQueueWait(durations[call % values], { provider, reason })
          }
        },
    totals(count) {
      let sum = 0
      for (let call = 0; call < count; call++) sum += durations[call % values]
      return { QueueWaitDuration: { points: count, sum } }
    },
  }
}
