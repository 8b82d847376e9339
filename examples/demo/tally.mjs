/**
 * An account of what is recorded that owes nothing to the package: which series a call belongs to, how many
 * records it has, and their sum.
 */

const COUNT = 'Count'

/** What each recorder becomes in CloudWatch. */
const RECORDERS = {
  recordUsed: { metric: 'Used', unit: COUNT, labels: ['provider', 'tool', 'key'] },
  recordFailed: { metric: 'Failed', unit: COUNT, labels: ['provider', 'tool', 'key', 'reason'] },
  recordCostCharged: {
    metric: 'CostCharged',
    unit: 'None',
    labels: ['provider', 'tool'],
    takesValue: true,
  },
  recordThrottled: { metric: 'Throttled', unit: COUNT, labels: ['provider', 'tool', 'reason'] },
  recordUpstreamRateLimited: {
    metric: 'UpstreamRateLimited',
    unit: COUNT,
    labels: ['tool', 'key'],
  },
  recordQueueWait: {
    metric: 'QueueWaitDuration',
    unit: 'Milliseconds',
    labels: ['provider', 'reason'],
    takesValue: true,
  },
  recordQueueWaitExceeded: {
    metric: 'QueueWaitExceeded',
    unit: COUNT,
    labels: ['provider', 'reason'],
  },
  recordUnknownModelCost: { metric: 'UnknownModelCost', unit: COUNT, labels: ['tool'] },
}

export const NAMESPACE = 'Sim/HostedKey'
export const ENVIRONMENT = 'demo'
export const WAIT_METRIC = 'QueueWaitDuration'

/** The unit of a metric, or `undefined` for one that should not be there. */
export function unitOf(metric) {
  return Object.values(RECORDERS).find((recorder) => recorder.metric === metric)?.unit
}

const titled = (label) => label[0].toUpperCase() + label.slice(1)

/**
 * Recorders with the signatures of `hostedKeyMetrics`.
 *
 * @param {(record: { metric: string, unit: string, dimensions: object[], value: number }) => void} write
 */
export function recordersInto(write) {
  const recorders = {}
  for (const [name, { metric, unit, labels, takesValue }] of Object.entries(RECORDERS)) {
    recorders[name] = (...args) => {
      const values = args.at(-1)
      const value = takesValue ? args[0] : 1
      // What was free of charge is not recorded.
      if (metric === 'CostCharged' && value <= 0) return
      const own = labels.map((label) => ({ Name: titled(label), Value: values[label] }))
      write({
        metric,
        unit,
        dimensions: [{ Name: 'Environment', Value: ENVIRONMENT }, ...own],
        value,
      })
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
    for (const name of Object.keys(RECORDERS)) {
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
