// The loads by name, the same record for record on every side.

import { mixedLoad } from './mixed.mjs'
import { counterLoad, valueLoad } from './series.mjs'

/**
 * @typedef {object} Load
 * @property {number} step records come in multiples of it
 * @property {(metrics: import('../../index.js').hostedKeyMetrics, first: number, count: number) => void} run
 * @property {(count: number) => Record<string, { points: number, sum: number }>} totals what calls `0` to `count`
 *   record, by metric
 */

/**
 * `mixed`, `newNames`, `counter 100`, `value 100`, `value 100 of 20` (distinct values).
 *
 * @param {string} name
 * @param {{ reuse?: boolean }} [options] see `series.mjs`
 * @returns {Load}
 */
export function loadOf(name, options = {}) {
  const [kind, series, , values] = name.split(' ')
  switch (kind) {
    case 'mixed':
      return mixedLoad()
    case 'newNames':
      return mixedLoad({ newNames: true })
    case 'counter':
      return counterLoad(Number(series), options)
    case 'value':
      return valueLoad(Number(series), { ...options, ...(values && { values: Number(values) }) })
    default:
      throw new Error(`no load is named ${name}`)
  }
}
