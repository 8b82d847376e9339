// Compiled, never run: the labels of each recorder. Each directive stands for one line and one mistake.

import {
  type CostLabels,
  type FailureLabels,
  type FailureReason,
  type HostedKeyLabels,
  type HostedKeyMetrics,
  hostedKeyMetrics,
  type KeyLabel,
  type ProviderLabel,
  type QueueLabels,
  type QueueReason,
  type RateLimitLabels,
  type ThrottleLabels,
  type ThrottleReason,
  type ToolLabel,
  type UnknownCostLabels,
} from '@sim/hkm-native'

const {
  recordUsed,
  recordFailed,
  recordCostCharged,
  recordThrottled,
  recordUpstreamRateLimited,
  recordQueueWait,
  recordQueueWaitExceeded,
  recordUnknownModelCost,
} = hostedKeyMetrics

declare const text: string
declare const absent: null | undefined
declare const provider: string | null | undefined
declare const tool: string | null | undefined
declare const key: string | null | undefined
declare const failure: FailureReason | null | undefined
declare const throttle: ThrottleReason | null | undefined
declare const queue: QueueReason | null | undefined

// Every label may be a text, null or undefined.
recordUsed({ provider, tool, key })
recordUsed({ provider: null, tool: null, key: null })
recordUsed({ provider: undefined, tool: undefined, key: undefined })
recordFailed({ provider, tool, key, reason: failure })
recordFailed({ provider: null, tool: null, key: null, reason: null })
recordFailed({ provider: undefined, tool: undefined, key: undefined, reason: undefined })
recordCostCharged(1, { provider, tool })
recordCostCharged(1, { provider: null, tool: null })
recordCostCharged(1, { provider: undefined, tool: undefined })
recordThrottled({ provider, tool, reason: throttle })
recordThrottled({ provider: null, tool: null, reason: null })
recordThrottled({ provider: undefined, tool: undefined, reason: undefined })
recordUpstreamRateLimited({ tool, key })
recordUpstreamRateLimited({ tool: null, key: null })
recordUpstreamRateLimited({ tool: undefined, key: undefined })
recordQueueWait(1, { provider, reason: queue })
recordQueueWait(1, { provider: null, reason: null })
recordQueueWait(1, { provider: undefined, reason: undefined })
recordQueueWaitExceeded({ provider, reason: queue })
recordQueueWaitExceeded({ provider: null, reason: null })
recordQueueWaitExceeded({ provider: undefined, reason: undefined })
recordUnknownModelCost({ tool })
recordUnknownModelCost({ tool: null })
recordUnknownModelCost({ tool: undefined })

// Every reason of each kind, and no other.
export const failures: Record<FailureReason, true> = {
  rate_limited: true,
  auth: true,
  other: true,
  metering: true,
}
export const throttles: Record<ThrottleReason, true> = {
  billing_actor_limit: true,
  upstream_retries_exhausted: true,
}
export const queues: Record<QueueReason, true> = {
  actor_requests: true,
  dimension: true,
  queue_position: true,
}

// The labels of each recorder have a name, for functions around it.
export const named: {
  recordUsed: (labels: HostedKeyLabels) => void
  recordFailed: (labels: FailureLabels) => void
  recordCostCharged: (costUsd: number, labels: CostLabels) => void
  recordThrottled: (labels: ThrottleLabels) => void
  recordUpstreamRateLimited: (labels: RateLimitLabels) => void
  recordQueueWait: (durationMs: number, labels: QueueLabels) => void
  recordQueueWaitExceeded: (labels: QueueLabels) => void
  recordUnknownModelCost: (labels: UnknownCostLabels) => void
} = hostedKeyMetrics
export const facade: HostedKeyMetrics = named
export const parts: (ProviderLabel & ToolLabel & KeyLabel)[] = [{ provider, tool, key }]
parts.forEach(recordUsed)

// A variable may hold more than the labels of the recorder.
const call = { provider: text, tool: text, key: text, startedAt: new Date(), attempts: [1, 2] }
const failed = { ...call, reason: 'auth' as const }
const throttled = { ...call, reason: 'billing_actor_limit' as const }
const queued = { ...call, reason: 'dimension' as const }
recordUsed(failed)
recordFailed(failed)
recordCostCharged(1, queued)
recordThrottled(throttled)
recordUpstreamRateLimited(throttled)
recordQueueWait(1, queued)
recordQueueWaitExceeded(queued)
recordUnknownModelCost(failed)

// A label that is forgotten.
// @ts-expect-error provider
recordUsed({ tool, key })
// @ts-expect-error tool
recordUsed({ provider, key })
// @ts-expect-error key
recordUsed({ provider, tool })
// @ts-expect-error provider
recordFailed({ tool, key, reason: 'auth' })
// @ts-expect-error tool
recordFailed({ provider, key, reason: 'auth' })
// @ts-expect-error key
recordFailed({ provider, tool, reason: 'auth' })
// @ts-expect-error reason
recordFailed({ provider, tool, key })
// @ts-expect-error provider
recordCostCharged(1, { tool })
// @ts-expect-error tool
recordCostCharged(1, { provider })
// @ts-expect-error provider
recordThrottled({ tool, reason: 'billing_actor_limit' })
// @ts-expect-error tool
recordThrottled({ provider, reason: 'billing_actor_limit' })
// @ts-expect-error reason
recordThrottled({ provider, tool })
// @ts-expect-error tool
recordUpstreamRateLimited({ key })
// @ts-expect-error key
recordUpstreamRateLimited({ tool })
// @ts-expect-error provider
recordQueueWait(1, { reason: 'dimension' })
// @ts-expect-error reason
recordQueueWait(1, { provider })
// @ts-expect-error provider
recordQueueWaitExceeded({ reason: 'dimension' })
// @ts-expect-error reason
recordQueueWaitExceeded({ provider })
// @ts-expect-error tool
recordUnknownModelCost({})

// A label that a variable, a spread or a type of one's own need not have.
declare const optional: { provider: string; tool: string; key?: string }
declare const settings: { provider: string } | undefined
// @ts-expect-error key
recordUsed(optional)
// @ts-expect-error key
recordUsed({ ...optional })
// @ts-expect-error provider
recordUsed({ ...settings, tool, key })
// @ts-expect-error provider, tool and key
recordUsed({})
// @ts-expect-error key
export const withoutKey: HostedKeyLabels = { provider, tool }

// A label that is misspelt, in a literal.
// @ts-expect-error provider
recordUsed({ provder: text, tool, key })
// @ts-expect-error tool
recordUsed({ ...call, tol: text })
// @ts-expect-error key
recordUpstreamRateLimited({ tool, Key: text })
// @ts-expect-error reason
recordFailed({ ...call, reasons: 'auth' })
// @ts-expect-error provider
recordCostCharged(1, { providr: text, tool })
// @ts-expect-error provider
recordQueueWait(1, { Provider: text, reason: 'dimension' })
// @ts-expect-error reason
recordQueueWaitExceeded({ provider, Reason: 'dimension' })
// @ts-expect-error reason
recordThrottled({ provider, tool, reson: 'billing_actor_limit' })
// @ts-expect-error tool
recordUnknownModelCost({ tools: text })

// A label that the metric does not have, in a literal.
// @ts-expect-error reason
recordUsed({ provider, tool, key, reason: 'auth' })
// @ts-expect-error model
recordFailed({ provider, tool, key, reason: 'auth', model: text })
// @ts-expect-error key
recordCostCharged(1, { provider, tool, key })
// @ts-expect-error key
recordThrottled({ provider, tool, key, reason: 'billing_actor_limit' })
// @ts-expect-error provider
recordUpstreamRateLimited({ provider, tool, key })
// @ts-expect-error tool
recordQueueWait(1, { provider, tool, reason: 'dimension' })
// @ts-expect-error tool
recordQueueWaitExceeded({ provider, tool, reason: 'dimension' })
// @ts-expect-error provider
recordUnknownModelCost({ tool, provider })

// A label that is not a text.
// @ts-expect-error a number
recordUsed({ provider: 5, tool, key })
// @ts-expect-error a number
recordUsed({ provider, tool: 5, key })
// @ts-expect-error a number
recordUsed({ provider, tool, key: 5 })
// @ts-expect-error a boolean
recordUsed({ provider: true, tool, key })
// @ts-expect-error a boolean
recordUsed({ provider, tool: true, key })
// @ts-expect-error a boolean
recordUsed({ provider, tool, key: true })
// @ts-expect-error an object
recordUsed({ provider, tool, key: { name: text } })
// @ts-expect-error a bigint
recordFailed({ provider, tool, key: 5n, reason: 'auth' })
// @ts-expect-error a number
recordFailed({ provider, tool, key, reason: 429 })
// @ts-expect-error a symbol
recordCostCharged(1, { provider: Symbol.iterator, tool })
// @ts-expect-error a list
recordThrottled({ provider, tool: [text], reason: 'billing_actor_limit' })
// @ts-expect-error a function
recordUpstreamRateLimited({ tool, key: () => text })
// @ts-expect-error a date
recordQueueWait(1, { provider: new Date(), reason: 'dimension' })
// @ts-expect-error false
recordQueueWaitExceeded({ provider, reason: false })
// @ts-expect-error a number
recordUnknownModelCost({ tool: 5 })

// A reason that the recorder does not take.
// @ts-expect-error a reason that does not exist
recordFailed({ ...call, reason: 'timeout' })
// @ts-expect-error an empty text
recordFailed({ ...call, reason: '' })
// @ts-expect-error any text
recordFailed({ ...call, reason: text })
// @ts-expect-error a reason of recordThrottled
recordFailed({ ...call, reason: 'billing_actor_limit' })
// @ts-expect-error a reason of recordThrottled
recordFailed({ ...call, reason: 'upstream_retries_exhausted' })
// @ts-expect-error a reason of recordQueueWait
recordFailed({ ...call, reason: 'actor_requests' })
// @ts-expect-error a reason of recordQueueWait
recordFailed({ ...call, reason: 'dimension' })
// @ts-expect-error a reason of recordQueueWait
recordFailed({ ...call, reason: 'queue_position' })
// @ts-expect-error a variable with a reason of recordQueueWait
recordFailed(queued)
// @ts-expect-error any text
recordThrottled({ provider, tool, reason: text })
// @ts-expect-error a reason of recordFailed
recordThrottled({ provider, tool, reason: 'rate_limited' })
// @ts-expect-error a reason of recordFailed
recordThrottled({ provider, tool, reason: 'auth' })
// @ts-expect-error a reason of recordFailed
recordThrottled({ provider, tool, reason: 'other' })
// @ts-expect-error a reason of recordFailed
recordThrottled({ provider, tool, reason: 'metering' })
// @ts-expect-error a reason of recordQueueWait
recordThrottled({ provider, tool, reason: 'actor_requests' })
// @ts-expect-error a reason of recordQueueWait
recordThrottled({ provider, tool, reason: 'dimension' })
// @ts-expect-error a reason of recordQueueWait
recordThrottled({ provider, tool, reason: 'queue_position' })
// @ts-expect-error a variable with a reason of recordFailed
recordThrottled(failed)
// @ts-expect-error any text
recordQueueWait(1, { provider, reason: text })
// @ts-expect-error a reason of recordFailed
recordQueueWait(1, { provider, reason: 'rate_limited' })
// @ts-expect-error a reason of recordFailed
recordQueueWait(1, { provider, reason: 'auth' })
// @ts-expect-error a reason of recordFailed
recordQueueWait(1, { provider, reason: 'other' })
// @ts-expect-error a reason of recordFailed
recordQueueWait(1, { provider, reason: 'metering' })
// @ts-expect-error a reason of recordThrottled
recordQueueWait(1, { provider, reason: 'billing_actor_limit' })
// @ts-expect-error a reason of recordThrottled
recordQueueWait(1, { provider, reason: 'upstream_retries_exhausted' })
// @ts-expect-error a variable with a reason of recordThrottled
recordQueueWait(1, throttled)
// @ts-expect-error any text
recordQueueWaitExceeded({ provider, reason: text })
// @ts-expect-error a reason of recordFailed
recordQueueWaitExceeded({ provider, reason: 'rate_limited' })
// @ts-expect-error a reason of recordFailed
recordQueueWaitExceeded({ provider, reason: 'auth' })
// @ts-expect-error a reason of recordFailed
recordQueueWaitExceeded({ provider, reason: 'other' })
// @ts-expect-error a reason of recordFailed
recordQueueWaitExceeded({ provider, reason: 'metering' })
// @ts-expect-error a reason of recordThrottled
recordQueueWaitExceeded({ provider, reason: 'billing_actor_limit' })
// @ts-expect-error a reason of recordThrottled
recordQueueWaitExceeded({ provider, reason: 'upstream_retries_exhausted' })
// @ts-expect-error a variable with a reason of recordFailed
recordQueueWaitExceeded(failed)

// Labels that are missing as a whole.
// @ts-expect-error no argument
recordUsed()
// @ts-expect-error null
recordUsed(null)
// @ts-expect-error null or undefined
recordFailed(absent)
// @ts-expect-error a text
recordUnknownModelCost('chat')
// @ts-expect-error no labels after the value
recordCostCharged(1)
// @ts-expect-error no labels after the value
recordQueueWait(1)
