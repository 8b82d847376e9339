'use strict'

// The recorders, and the other functions that the package exports. A record goes from here into memory that is shared
// with a native thread, without a call; see `recorder.js` for its way, and README.md for the whole.

const { configure } = require('./configuration.js')
const { addLoader } = require('./native.js')
const {
  find,
  flush,
  metric,
  refuse,
  refuseFor,
  ring,
  countSanitized,
  stats,
  status,
} = require('./recorder.js')

// CloudWatch's range for a value. Source: PutMetricData, MetricDatum.
const MAX_VALUE = 2 ** 360

const used = metric('Used', 3)
const failed = metric('Failed', 4)
const costCharged = metric('CostCharged', 2)
const throttled = metric('Throttled', 3)
const upstreamRateLimited = metric('UpstreamRateLimited', 2)
const queueWaitDuration = metric('QueueWaitDuration', 2)
const queueWaitExceeded = metric('QueueWaitExceeded', 2)
const unknownModelCost = metric('UnknownModelCost', 1)

function isRecordable(value) {
  return typeof value === 'number' && value <= MAX_VALUE && value >= -MAX_VALUE
}

// Labels go by position, in the order of the metric's dimensions. Reading a label can throw, and `labels` may be
// `undefined`. Either way this record alone is dropped and counted, and the caller does not notice.
const hostedKeyMetrics = {
  recordUsed(labels) {
    if (status.isOff) return
    try {
      const id = find(used, labels.provider, labels.tool, labels.key)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordFailed(labels) {
    if (status.isOff) return
    try {
      const id = find(failed, labels.provider, labels.tool, labels.key, labels.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordCostCharged(costUsd, labels) {
    if (status.isOff) return
    if (!isRecordable(costUsd)) return refuse('invalidValue')
    if (costUsd <= 0) return
    try {
      const id = find(costCharged, labels.provider, labels.tool)
      ring.write(id, costUsd)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordThrottled(labels) {
    if (status.isOff) return
    try {
      const id = find(throttled, labels.provider, labels.tool, labels.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordUpstreamRateLimited(labels) {
    if (status.isOff) return
    try {
      const id = find(upstreamRateLimited, labels.tool, labels.key)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordQueueWait(durationMs, labels) {
    if (status.isOff) return
    if (!isRecordable(durationMs)) return refuse('invalidValue')
    // biome-ignore lint/complexity/useMathMinMax: makes a number, which is an object unless `write` is inlined.
    const value = durationMs > 0 ? durationMs : 0
    try {
      const id = find(queueWaitDuration, labels.provider, labels.reason)
      ring.write(id, value)
    } catch (error) {
      return refuseFor(error)
    }
    if (durationMs < 0) countSanitized()
  },

  recordQueueWaitExceeded(labels) {
    if (status.isOff) return
    try {
      const id = find(queueWaitExceeded, labels.provider, labels.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordUnknownModelCost(labels) {
    if (status.isOff) return
    try {
      const id = find(unknownModelCost, labels.tool)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },
}

module.exports = {
  hostedKeyMetrics,
  flushHostedKeyMetrics: flush,
  hostedKeyMetricsStats: stats,
  configureHostedKeyMetrics: configure,
  addLoader,
}
