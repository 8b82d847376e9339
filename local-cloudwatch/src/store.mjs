/**
 * What was applied: every datum in the order of arrival, and the same datums by metric. A metric is
 * a namespace, a name and a set of dimensions, whatever their order.
 */

import { datumsOf } from './limits.mjs'

/**
 * @typedef {import('./server.mjs').AppliedDatum} AppliedDatum
 *
 * @typedef {object} Metric
 * @property {string} namespace
 * @property {string} metricName
 * @property {import('./server.mjs').Dimension[]} dimensions sorted by name
 * @property {AppliedDatum[]} datums
 */

/** Seconds. Source: PutMetricData, MetricDatum, StorageResolution. */
const DEFAULT_STORAGE_RESOLUTION = 60

export class Store {
  /** @type {AppliedDatum[]} */
  datums = []
  /** @type {Map<string, Metric>} */
  #metrics = new Map()

  /**
   * @param {Record<string, any>} input of PutMetricData, found valid
   * @param {number} now milliseconds since the epoch, the time of a datum that carries none
   */
  put(input, now) {
    for (const datum of datumsOf(input)) this.#apply(input.Namespace, datum, now)
  }

  /** @returns {Metric | undefined} */
  metric(namespace, metricName, dimensions) {
    return this.#metrics.get(keyOf(namespace, metricName, sorted(dimensions)))
  }

  /** @returns {Iterable<Metric>} */
  metrics() {
    return this.#metrics.values()
  }

  #apply(namespace, datum, now) {
    const applied = {
      namespace,
      metricName: datum.MetricName,
      dimensions: datum.Dimensions ?? [],
      timestamp: datum.Timestamp ?? new Date(now),
      unit: datum.Unit ?? 'None',
      storageResolution: datum.StorageResolution ?? DEFAULT_STORAGE_RESOLUTION,
      ...observations(datum),
    }
    this.datums.push(applied)
    const dimensions = sorted(applied.dimensions)
    const key = keyOf(namespace, applied.metricName, dimensions)
    const metric = this.#metrics.get(key)
    if (metric) {
      metric.datums.push(applied)
    } else {
      const { metricName } = applied
      this.#metrics.set(key, { namespace, metricName, dimensions, datums: [applied] })
    }
  }
}

function observations({ Value, Values, Counts, StatisticValues }) {
  if (StatisticValues) return { values: [], counts: [], statisticSet: StatisticValues }
  if (Values?.length) return { values: Values, counts: Counts ?? Values.map(() => 1) }
  return { values: [Value], counts: [1] }
}

function sorted(dimensions = []) {
  return [...dimensions].sort((a, b) => (a.Name < b.Name ? -1 : 1))
}

function keyOf(namespace, metricName, dimensions) {
  return JSON.stringify([namespace, metricName, dimensions.map(({ Name, Value }) => [Name, Value])])
}
