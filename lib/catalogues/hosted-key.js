'use strict'

// The metrics of calls on hosted keys, and the recorders by which they are known.

const { lazy } = require('../first-use.js')

const namespace = 'Sim/HostedKey'

// A cost that CloudWatch would refuse is none; see `lib/define/compile.js`.
const MIN_COST = 2 ** -360
const MAX_COST = 2 ** 360

/** The name of the variable that holds a key. The key itself must never be sent. */
const key = { redact: true }

/** Defines the metrics at the first record. Returns nothing while that is not possible. */
const metrics = lazy(() => {
  const { counter, defineCatalogue, distribution } = require('../define/metrics.js')
  return defineCatalogue({
    namespace,
    metrics: {
      used: counter({
        dimensions: { provider: {}, tool: {}, key },
        recommendedRollups: [['provider'], []],
        description: 'Uses of a hosted key',
      }),
      failed: counter({
        dimensions: { provider: {}, tool: {}, key, reason: {} },
        recommendedRollups: [['provider'], ['reason'], []],
        description: 'Failures of a call on a hosted key',
      }),
      costCharged: counter({
        unit: 'None',
        dimensions: ['provider', 'tool'],
        recommendedRollups: [['provider'], []],
        description: 'US dollars that calls were charged',
      }),
      throttled: counter({
        dimensions: ['provider', 'tool', 'reason'],
        recommendedRollups: [['provider'], []],
        description: 'Calls that were throttled',
      }),
      upstreamRateLimited: counter({
        dimensions: { tool: {}, key },
        description: 'Attempts that the provider refused because of its rate limit',
      }),
      queueWaitDuration: distribution({
        unit: 'Milliseconds',
        dimensions: ['provider', 'reason'],
        recommendedRollups: [['provider'], []],
        description: 'How long calls waited in the queue',
      }),
      queueWaitExceeded: counter({
        dimensions: ['provider', 'reason'],
        description: 'Calls that gave up waiting in the queue',
      }),
      unknownModelCost: counter({
        dimensions: ['tool'],
        description: 'Calls whose cost is unknown, because their model has no known price',
      }),
    },
  })
})

const hostedKeyMetrics = {
  recordUsed(labels) {
    metrics()?.used.add(1, labels)
  },
  recordFailed(labels) {
    metrics()?.failed.add(1, labels)
  },
  recordCostCharged(costUsd, labels) {
    if (typeof costUsd === 'number' && costUsd < MIN_COST && costUsd >= -MAX_COST) return
    metrics()?.costCharged.add(costUsd, labels)
  },
  recordThrottled(labels) {
    metrics()?.throttled.add(1, labels)
  },
  recordUpstreamRateLimited(labels) {
    metrics()?.upstreamRateLimited.add(1, labels)
  },
  recordQueueWait(durationMs, labels) {
    metrics()?.queueWaitDuration.record(durationMs, labels)
  },
  recordQueueWaitExceeded(labels) {
    metrics()?.queueWaitExceeded.add(1, labels)
  },
  recordUnknownModelCost(labels) {
    metrics()?.unknownModelCost.add(1, labels)
  },
}

module.exports = { hostedKeyMetrics, metrics, namespace }
