/**
 * The values of metric math: a number, a text, a series, or a list of series.
 *
 *   series: { label, period, points: Map { start of a period in milliseconds -> value } }, points in the order of time
 */

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {number} period seconds
 * @property {Map<number, number>} points
 * @property {{ namespace: string, metricName: string, dimensions: import('../server.mjs').Dimension[] }} [metric] that it
 *   is of, or the first of those
 *
 * @typedef {number | string | Series | Series[]} Value
 */

/** @returns {value is Series} */
export const isSeries = (value) => value?.points instanceof Map

/**
 * Combines series at each moment that `times` has. Where the result is not a finite number, as after a division by zero,
 * there is no point.
 *
 * @param {Series} like whose label, period and metric the result has
 * @param {Iterable<number>} times
 * @param {(time: number) => number | undefined} valueAt
 * @returns {Series}
 */
export function seriesOf({ label, period, metric }, times, valueAt) {
  const points = new Map()
  for (const time of times) {
    const value = valueAt(time)
    if (Number.isFinite(value)) points.set(time, value)
  }
  return { label, period, metric, points }
}

/** Every moment at which one of the series has a point, in order. */
export function timesOf(list) {
  return [...new Set(list.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b)
}

/** What a series has at a moment. A number is the same at every moment. */
export const valueAt = (value, time) => (isSeries(value) ? value.points.get(time) : value)
