'use strict'

// The functions that the package exports. A recorder checks its value, looks up the series of its
// labels and writes the record to memory that a native thread shares; see `recorder.js`. It never
// throws. It makes a native call only if the series is not in memory, the flusher has to be woken,
// the ring is full, or the record is refused.

const { configure } = require('./configuration.js')
const { addLoader } = require('./native.js')
const { ownLabels } = require('./properties.js')
const {
  find,
  flush,
  metric,
  refuse,
  refuseFor,
  ring,
  SANITIZED,
  stats,
  status,
} = require('./recorder.js')

// The maximum of an absolute value. Source: PutMetricData, MetricDatum, `Value`.
const MAX_VALUE = 2 ** 360
// CloudWatch refuses a smaller absolute value, unless it is zero.
const MIN_VALUE = 2 ** -360

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

// Labels are passed by position, in the order of the metric's dimensions. Reading a label can
// throw, and `labels` can be `undefined`. In both cases, the record is dropped and counted.
const hostedKeyMetrics = {
  recordUsed(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(used, given.provider, given.tool, given.key)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordFailed(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(failed, given.provider, given.tool, given.key, given.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordCostCharged(costUsd, labels) {
    if (status.isOff) return
    if (!isRecordable(costUsd)) return refuse('invalidValue')
    if (costUsd < MIN_VALUE) return
    try {
      const given = ownLabels(labels)
      const id = find(costCharged, given.provider, given.tool)
      ring.write(id, costUsd)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordThrottled(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(throttled, given.provider, given.tool, given.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordUpstreamRateLimited(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(upstreamRateLimited, given.tool, given.key)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordQueueWait(durationMs, labels) {
    if (status.isOff) return
    if (!isRecordable(durationMs)) return refuse('invalidValue')
    try {
      const given = ownLabels(labels)
      const id = find(queueWaitDuration, given.provider, given.reason)
      if (durationMs >= MIN_VALUE || durationMs === 0) ring.write(id, durationMs)
      else ring.write(id | SANITIZED, 0)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordQueueWaitExceeded(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(queueWaitExceeded, given.provider, given.reason)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },

  recordUnknownModelCost(labels) {
    if (status.isOff) return
    try {
      const given = ownLabels(labels)
      const id = find(unknownModelCost, given.tool)
      ring.write(id, 1)
    } catch (error) {
      refuseFor(error)
    }
  },
}

module.exports = {
  hostedKeyMetrics,
  flushHostedKeyMetrics: flush,
  flushMetrics: flush,
  hostedKeyMetricsStats: stats,
  configureHostedKeyMetrics: configure,
  addLoader,
}
