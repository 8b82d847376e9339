/**
 * What was applied, in two forms:
 *
 *   PutMetricData -> every datum, in the order of arrival          -> `applied()`
 *                 -> metric -> cell (a second or minute, a unit)   -> queries
 *
 * A metric is a namespace, a name and a set of dimensions, whatever their order. Nothing finer than a cell is stored.
 * Both forms can be bounded; what is oldest is then forgotten.
 */

import { datumsOf } from './limits.mjs'

/**
 * @typedef {import('./server.mjs').AppliedDatum} AppliedDatum
 *
 * @typedef {object} Cell
 * @property {number} time the start of its second or minute, in milliseconds since the epoch
 * @property {string} unit
 * @property {1 | 60} storageResolution seconds
 * @property {Map<number, number>} samples how often each value was sent
 * @property {{ SampleCount: number, Sum: number, Minimum: number, Maximum: number }[]} sets of statistics
 *
 * @typedef {object} Metric
 * @property {string} namespace
 * @property {string} metricName
 * @property {import('./server.mjs').Dimension[]} dimensions sorted by name
 * @property {Map<string, Cell>} cells
 * @property {number} latest the latest time of a datum, in milliseconds since the epoch
 */

/** Seconds. Source: PutMetricData, MetricDatum, StorageResolution. */
const DEFAULT_STORAGE_RESOLUTION = 60

export class Store {
  /** @type {AppliedDatum[]} */
  datums = []
  /** @type {Map<string, Metric>} */
  #metrics = new Map()
  /** Every cell in the order in which they began, and where the oldest is that is kept. */
  #cells = []
  #oldest = 0
  #size = 0
  #maxDatums
  #maxSamples
  #maxSeries

  /**
   * @param {object} [bounds]
   * @param {number} [bounds.maxDatums] how many datums are kept for `datums`
   * @param {number} [bounds.maxSamples] how many different values are kept for queries, over all cells
   * @param {number} [bounds.maxSeries] how many metrics are kept for queries
   */
  constructor({ maxDatums = Infinity, maxSamples = Infinity, maxSeries = Infinity } = {}) {
    this.#maxDatums = maxDatums
    this.#maxSamples = maxSamples
    this.#maxSeries = maxSeries
  }

  /**
   * @param {Record<string, any>} input of PutMetricData, found valid
   * @param {number} now milliseconds since the epoch, the time of a datum that carries none
   */
  put(input, now) {
    for (const datum of datumsOf(input)) this.#apply(input.Namespace, datum, now)
    // A quarter more than the bound, so that not every request moves all datums.
    if (this.datums.length > this.#maxDatums * 1.25)
      this.datums.splice(0, this.datums.length - this.#maxDatums)
    while (this.#isTooMuch() && this.#oldest < this.#cells.length - 1) this.#forgetCell()
  }

  /** @returns {Metric | undefined} */
  metric(namespace, metricName, dimensions) {
    return this.#metrics.get(keyOf(namespace, metricName, sorted(dimensions)))
  }

  /** @returns {Iterable<Metric>} */
  metrics() {
    return this.#metrics.values()
  }

  #isTooMuch() {
    return this.#size > this.#maxSamples || this.#metrics.size > this.#maxSeries
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
    if (this.#maxDatums > 0) this.datums.push(applied)
    const metric = this.#metricOf(applied)
    metric.latest = Math.max(metric.latest, applied.timestamp.getTime())
    this.#add(this.#cellOf(metric, applied), applied)
  }

  #metricOf({ namespace, metricName, dimensions: given }) {
    const dimensions = sorted(given)
    const key = keyOf(namespace, metricName, dimensions)
    let metric = this.#metrics.get(key)
    if (!metric) {
      metric = { namespace, metricName, dimensions, cells: new Map(), latest: -Infinity }
      this.#metrics.set(key, metric)
    }
    return metric
  }

  #cellOf(metric, { timestamp, unit, storageResolution }) {
    const grain = storageResolution * 1000
    const time = Math.floor(timestamp.getTime() / grain) * grain
    const key = `${time} ${storageResolution} ${unit}`
    let cell = metric.cells.get(key)
    if (!cell) {
      cell = { time, unit, storageResolution, samples: new Map(), sets: [] }
      metric.cells.set(key, cell)
      this.#cells.push({ metric, key })
    }
    return cell
  }

  #add(cell, { values, counts, statisticSet }) {
    const before = sizeOf(cell)
    for (const [index, value] of values.entries()) {
      cell.samples.set(value, (cell.samples.get(value) ?? 0) + counts[index])
    }
    if (statisticSet) cell.sets.push(statisticSet)
    this.#size += sizeOf(cell) - before
  }

  #forgetCell() {
    const { metric, key } = this.#cells[this.#oldest]
    this.#cells[this.#oldest++] = undefined
    this.#size -= sizeOf(metric.cells.get(key))
    metric.cells.delete(key)
    if (metric.cells.size === 0) {
      this.#metrics.delete(keyOf(metric.namespace, metric.metricName, metric.dimensions))
    }
    if (this.#oldest > this.#cells.length / 2) {
      this.#cells.splice(0, this.#oldest)
      this.#oldest = 0
    }
  }
}

const sizeOf = ({ samples, sets }) => samples.size + sets.length

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
