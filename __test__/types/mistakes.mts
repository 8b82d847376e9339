// Compiled, never run: what must not compile. Each directive stands for one line and one mistake.

import {
  configureHostedKeyMetrics,
  flushHostedKeyMetrics,
  type HostedKeyMetrics,
  hostedKeyMetrics,
  hostedKeyMetricsStats,
} from '@sim/hkm-native'

declare const hostedKey: { provider: string; tool: string; key: string }
declare const anyReason: string
declare const maybeCost: number | undefined

// @ts-expect-error a reason that there is not
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: 'timeout' })
// @ts-expect-error a reason that may be any text
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: anyReason })
// @ts-expect-error a reason of recordQueueWait
hostedKeyMetrics.recordThrottled({ ...hostedKey, reason: 'dimension' })
// @ts-expect-error a reason of recordThrottled
hostedKeyMetrics.recordQueueWaitExceeded({ ...hostedKey, reason: 'billing_actor_limit' })
// @ts-expect-error a reason of recordFailed
hostedKeyMetrics.recordQueueWait(5, { ...hostedKey, reason: 'auth' })
// @ts-expect-error no reason
hostedKeyMetrics.recordFailed(hostedKey)
// @ts-expect-error no reason
hostedKeyMetrics.recordThrottled({ provider: 'exa' })
// @ts-expect-error no reason
hostedKeyMetrics.recordQueueWait(5, { provider: 'exa' })
// @ts-expect-error no reason
hostedKeyMetrics.recordQueueWaitExceeded({})
// @ts-expect-error no reason, though the key is there
hostedKeyMetrics.recordFailed({ ...hostedKey, reason: undefined })
// @ts-expect-error a misspelt reason
hostedKeyMetrics.recordFailed({ ...hostedKey, reasons: 'auth' })
// @ts-expect-error a misspelt label
hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error a misspelt label beside a spread
hostedKeyMetrics.recordUsed({ ...hostedKey, tol: 'chat' })
// @ts-expect-error a misspelt label beside a value
hostedKeyMetrics.recordCostCharged(1, { providr: 'openai', tool: 'chat' })
// @ts-expect-error a label that the metric has not
hostedKeyMetrics.recordUnknownModelCost({ tool: 'chat', provider: 'openai' })
// @ts-expect-error a label that is not text
hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 5, key: 'K' })
// @ts-expect-error a label that is an object
hostedKeyMetrics.recordUsed({ ...hostedKey, key: { name: 'K' } })
// @ts-expect-error no labels
hostedKeyMetrics.recordUsed()
// @ts-expect-error null for labels
hostedKeyMetrics.recordUsed(null)
// @ts-expect-error text for labels
hostedKeyMetrics.recordUsed('openai')
// @ts-expect-error no value
hostedKeyMetrics.recordCostCharged(hostedKey)
// @ts-expect-error no value
hostedKeyMetrics.recordQueueWait({ provider: 'exa', reason: 'dimension' })
// @ts-expect-error no labels after the value
hostedKeyMetrics.recordCostCharged(1)
// @ts-expect-error the value after the labels
hostedKeyMetrics.recordCostCharged(hostedKey, 1)
// @ts-expect-error a value that is text
hostedKeyMetrics.recordCostCharged('1', hostedKey)
// @ts-expect-error a value that may be missing
hostedKeyMetrics.recordCostCharged(maybeCost, hostedKey)
// @ts-expect-error a value that is a bigint
hostedKeyMetrics.recordQueueWait(5n, { provider: 'exa', reason: 'dimension' })
// @ts-expect-error a value where none is taken
hostedKeyMetrics.recordUsed(1, hostedKey)
// @ts-expect-error a recorder that there is not
hostedKeyMetrics.recordRetried(hostedKey)
// @ts-expect-error nothing to use
export const result: string = hostedKeyMetrics.recordUsed(hostedKey)

// @ts-expect-error an option that there is not
configureHostedKeyMetrics({ interval: 5 })
// @ts-expect-error no options
configureHostedKeyMetrics()
// @ts-expect-error a resolution that CloudWatch does not have
configureHostedKeyMetrics({ storageResolution: 30 })
// @ts-expect-error text for a number
configureHostedKeyMetrics({ flushIntervalMs: '5000' })
// @ts-expect-error a word that is not one of those for enabled
configureHostedKeyMetrics({ enabled: 'yes' })
// @ts-expect-error a logger that cannot warn
configureHostedKeyMetrics({ logger: { error() {} } })
// @ts-expect-error a logger that wants more than a message
configureHostedKeyMetrics({ logger: { warn(_code: number, _message: string) {} } })

const stats = hostedKeyMetricsStats()
// @ts-expect-error a state that there is not
export const isBroken = stats.state === 'broken'
// @ts-expect-error a counter that there is not
export const lost = stats.lost
// @ts-expect-error a reason for dropping that there is not
export const expired = stats.dropped.expired
// @ts-expect-error nothing may have been sent yet
export const since = stats.lastSuccessAt.getTime()
// @ts-expect-error nothing may have gone wrong yet
export const code = stats.lastError.code
// @ts-expect-error flushing tells nothing
export const flushed: boolean = await flushHostedKeyMetrics()
// @ts-expect-error flushing takes nothing
await flushHostedKeyMetrics(1_000)

// @ts-expect-error a mock without all the recorders
export const incomplete: HostedKeyMetrics = { recordUsed() {} }
// @ts-expect-error a mock with a misspelt recorder
export const misspelt: Partial<HostedKeyMetrics> = { recordUse() {} }
// @ts-expect-error a mock that takes something else
export const other: Partial<HostedKeyMetrics> = { recordQueueWait(_wait: Date) {} }
