// Compiled, never run: every kind of call that users of the facade make, as an ES module.

import {
  type FailureReason,
  type FlushResult,
  flushHostedKeyMetrics,
  flushMetrics,
  type HostedKeyLabels,
  hostedKeyMetrics,
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
declare const frozenKey: Readonly<HostedKey>
declare const block: { provider: string; tool?: string; key?: string | null } | undefined
declare const provider: string | null | undefined
declare function classify(error: unknown): FailureReason
declare function billable(): Promise<{ cost: number }>

// Literals, variables that hold more than labels, spreads with a reason beside them.
hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
hostedKeyMetrics.recordUsed(hostedKey)
hostedKeyMetrics.recordUsed(frozenKey)
hostedKeyMetrics.recordUsed({ ...hostedKey })
hostedKeyMetrics.recordUsed({ ...hostedKey, tool: 'search' })
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: classify(new Error('no')) })
hostedKeyMetrics.recordCostCharged(0.0021, hostedKey)
hostedKeyMetrics.recordThrottled({ ...hostedKey, reason: 'billing_actor_limit' })
hostedKeyMetrics.recordUpstreamRateLimited({ tool: hostedKey.tool, key: hostedKey.key })
hostedKeyMetrics.recordUpstreamRateLimited(hostedKey)
hostedKeyMetrics.recordQueueWait(Date.now() - 5, { ...hostedKey, reason: 'actor_requests' })
hostedKeyMetrics.recordQueueWaitExceeded({ provider: 'exa', reason: 'queue_position' })
hostedKeyMetrics.recordUnknownModelCost({ tool: 'chat' })

// Labels without a value: with a fallback, from what may be missing, from the environment.
hostedKeyMetrics.recordUsed({ ...hostedKey, provider: provider ?? 'unknown' })
hostedKeyMetrics.recordUsed({ provider, tool: block?.tool, key: block?.key })
hostedKeyMetrics.recordUsed({ ...hostedKey, key: process.env.KEY_NAME })
hostedKeyMetrics.recordQueueWait(12.5, { provider, reason: 'dimension' })
hostedKeyMetrics.recordUpstreamRateLimited({ tool: undefined, key: null })

// Reasons from an expression, a constant, a table; labels from a function.
const reason = Math.random() < 0.5 ? 'auth' : 'rate_limited'
hostedKeyMetrics.recordFailed({ ...hostedKey, reason })
const REASONS = { limit: 'billing_actor_limit', retries: 'upstream_retries_exhausted' } as const
hostedKeyMetrics.recordThrottled({ ...hostedKey, reason: REASONS.limit })
const byStatus = new Map<number, FailureReason>([[429, 'rate_limited']])
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: byStatus.get(500) ?? 'other' })
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: byStatus.get(500) })
const labelsOf = ({ provider, tool, key }: HostedKey): HostedKeyLabels => ({ provider, tool, key })
hostedKeyMetrics.recordUsed(labelsOf(hostedKey))
export const reasons: [FailureReason, ThrottleReason, QueueReason] = [
  'metering',
  'upstream_retries_exhausted',
  'dimension',
]

// Taken apart, passed on, called where there may be none.
const { recordUsed } = hostedKeyMetrics
recordUsed(hostedKey)
export const sink: ((labels: HostedKeyLabels) => void)[] = [hostedKeyMetrics.recordUsed]
declare const injected: { metrics?: typeof hostedKeyMetrics }
injected.metrics?.recordUsed(hostedKey)
void billable().then(({ cost }) => hostedKeyMetrics.recordCostCharged(cost, hostedKey))

// At the end of a process, of a run, of a request.
process.on('beforeExit', async () => {
  await flushHostedKeyMetrics()
})
export const onComplete = async (): Promise<void> => flushHostedKeyMetrics()
await Promise.all([flushHostedKeyMetrics(), flushHostedKeyMetrics()])
void flushHostedKeyMetrics().finally(() => {})
const { delivered, remaining } = await flushHostedKeyMetrics({ timeoutMs: 2_500 })
export const left: number = delivered ? 0 : remaining
export const flushed: Promise<FlushResult> = flushMetrics()
export const counted: Promise<number> = flushMetrics().then((result) => result.remaining)
process.on('beforeExit', flushHostedKeyMetrics)
