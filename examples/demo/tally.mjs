/**
 * An account of what is recorded that owes nothing to the package: which series a call belongs to, how many
 * records it has, and their sum.
 */

import { expectation, METRICS } from '../../testkit/workload/recorders.mjs'

export const NAMESPACE = 'Sim/HostedKey'
export const ENVIRONMENT = 'demo'
export const WAIT_METRIC = 'QueueWaitDuration'

/** The unit of a metric, or `undefined` for one that should not be there. */
export function unitOf(metric) {
  return Object.values(METRICS).find(({ metricName }) => metricName === metric)?.unit
}

/**
 * Recorders with the signatures of `hostedKeyMetrics`.
 *
 * @param {(record: { metric: string, unit: string, dimensions: object[], value: number }) => void} write
 */
export function recordersInto(write) {
  const recorders = {}
  for (const recorder of Object.keys(METRICS)) {
    recorders[recorder] = (...args) => {
      const record = expectation({ recorder, args }, ENVIRONMENT)
      // What was free of charge is not recorded.
      if (record === undefined) return
      const { metricName: metric, unit, value } = record
      const dimensions = record.dimensions.map(([Name, Value]) => ({ Name, Value }))
      write({ metric, unit, dimensions, value })
    }
  }
  return recorders
}

/** Names a series, whatever the order of its dimensions. */
export function seriesKey(metric, dimensions) {
  const pairs = dimensions.map(({ Name, Value }) => `${Name}=${Value}`)
  return `${metric}{${pairs.sort().join(',')}}`
}

/** Counts on the way to the package. */
export class Tally {
  /** @type {Map<string, { metric: string, unit: string, dimensions: object[], count: number, sum: number, values?: number[] }>} */
  series = new Map()
  records = 0

  /** @param {typeof import('../../index.js').hostedKeyMetrics} metrics */
  countingInto(metrics) {
    const counters = recordersInto((record) => this.#add(record))
    const recorders = {}
    for (const name of Object.keys(METRICS)) {
      recorders[name] = (...args) => {
        counters[name](...args)
        metrics[name](...args)
      }
    }
    return recorders
  }

  #add({ metric, unit, dimensions, value }) {
    const key = seriesKey(metric, dimensions)
    let series = this.series.get(key)
    if (!series) {
      // Single waits are kept, so that their percentiles can be told.
      const values = metric === WAIT_METRIC ? [] : undefined
      series = { metric, unit, dimensions, count: 0, sum: 0, values }
      this.series.set(key, series)
    }
    this.records++
    series.count++
    series.sum += value
    series.values?.push(value)
  }
}

/** The dimensions after `Environment` under which the recommended roll-ups of a metric are stored. */
const ROLLUPS = {
  Used: [['Provider'], []],
  Failed: [['Provider'], ['Reason'], []],
  CostCharged: [['Provider'], []],
  Throttled: [['Provider'], []],
  QueueWaitDuration: [['Provider'], []],
}

/**
 * The roll-ups of series: the same records under fewer dimensions.
 *
 * @param {{ metric: string, dimensions: { Name: string, Value: string }[], count: number, sum: number }[]} recorded
 */
export function rollupsOf(recorded) {
  const rollups = new Map()
  for (const { metric, dimensions, count, sum } of recorded) {
    for (const names of ROLLUPS[metric] ?? []) {
      const kept = dimensions.filter(({ Name }) => Name === 'Environment' || names.includes(Name))
      const key = seriesKey(metric, kept)
      const known = rollups.get(key) ?? { metric, dimensions: kept, count: 0, sum: 0 }
      rollups.set(key, { ...known, count: known.count + count, sum: known.sum + sum })
    }
  }
  return [...rollups.values()]
}
