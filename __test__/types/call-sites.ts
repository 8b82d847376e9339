// Compiled, never run: every kind of call that users of the facade make, and what must not compile.

import {
  configureHostedKeyMetrics,
  type FailureReason,
  flushHostedKeyMetrics,
  type HostedKeyMetrics,
  type HostedKeyMetricsStats,
  hostedKeyMetrics,
  hostedKeyMetricsStats,
  type QueueReason,
  type ThrottleReason,
} from '@sim/hkm-native'

interface HostedKey {
  provider: string
  tool: string
  key: string
  rateLimit?: { perMinute: number }
}

declare const hostedKey: HostedKey
declare const provider: string | null | undefined
declare function classify(error: unknown): FailureReason

hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
hostedKeyMetrics.recordUsed(hostedKey)
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: classify(new Error('no')) })
hostedKeyMetrics.recordCostCharged(0.0021, { provider: provider ?? 'unknown', tool: 'chat' })
hostedKeyMetrics.recordCostCharged(0.0021, hostedKey)
hostedKeyMetrics.recordThrottled({ ...hostedKey, reason: 'billing_actor_limit' })
hostedKeyMetrics.recordUpstreamRateLimited({ tool: hostedKey.tool, key: hostedKey.key })
hostedKeyMetrics.recordQueueWait(12.5, { provider, reason: 'actor_requests' })
hostedKeyMetrics.recordQueueWaitExceeded({ provider: 'exa', reason: 'queue_position' })
hostedKeyMetrics.recordUnknownModelCost({ tool: 'chat' })

const { recordUsed } = hostedKeyMetrics
recordUsed(hostedKey)

const reasons: [FailureReason, ThrottleReason, QueueReason] = [
  'metering',
  'upstream_retries_exhausted',
  'dimension',
]

const mock: HostedKeyMetrics = {
  recordUsed() {},
  recordFailed() {},
  recordCostCharged() {},
  recordThrottled() {},
  recordUpstreamRateLimited() {},
  recordQueueWait() {},
  recordQueueWaitExceeded() {},
  recordUnknownModelCost() {},
}
const replaced: typeof hostedKeyMetrics = mock

configureHostedKeyMetrics({ enabled: 'auto', logger: console, storageResolution: 1 })
configureHostedKeyMetrics({ enabled: false, flushIntervalMs: 1_000, environment: undefined })

const stats: HostedKeyMetricsStats = hostedKeyMetricsStats()
const lost: number = stats.dropped.bufferFull
const since: Date | undefined = stats.lastSuccessAt
process.on('beforeExit', async () => {
  await flushHostedKeyMetrics()
})

// @ts-expect-error a reason that there is not
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: 'timeout' })
// @ts-expect-error a reason of another recorder
hostedKeyMetrics.recordThrottled({ ...hostedKey, reason: 'dimension' })
// @ts-expect-error a reason that is missing
hostedKeyMetrics.recordQueueWait(5, { provider: 'exa' })
// @ts-expect-error a label that is misspelt
hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error no labels
hostedKeyMetrics.recordUsed()
// @ts-expect-error a value that is not a number
hostedKeyMetrics.recordCostCharged('1', hostedKey)
// @ts-expect-error an option that there is not
configureHostedKeyMetrics({ interval: 5 })
// @ts-expect-error a resolution that CloudWatch does not have
configureHostedKeyMetrics({ storageResolution: 30 })
// @ts-expect-error a state that there is not
const unknown: boolean = stats.state === 'broken'

export { lost, reasons, replaced, since, unknown }
