// Compiled, never run: what must not compile, beside labels (`labels.mts`) and loggers (`loggers.mts`). Each directive
// stands for one line and one mistake.

import {
  configureHostedKeyMetrics,
  flushHostedKeyMetrics,
  type HostedKeyMetrics,
  hostedKeyMetrics,
  hostedKeyMetricsStats,
} from '@sim/hkm-native'

declare const hostedKey: { provider: string; tool: string; key: string }
declare const maybeCost: number | undefined

// @ts-expect-error no value
hostedKeyMetrics.recordCostCharged(hostedKey)
// @ts-expect-error no value
hostedKeyMetrics.recordQueueWait({ provider: 'exa', reason: 'dimension' })
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
// @ts-expect-error a recorder that does not exist
hostedKeyMetrics.recordRetried(hostedKey)
// @ts-expect-error a recorder gives no result
export const result: string = hostedKeyMetrics.recordUsed(hostedKey)

// @ts-expect-error an option that does not exist
configureHostedKeyMetrics({ interval: 5 })
// @ts-expect-error a misspelt option beside others
configureHostedKeyMetrics({ region: 'eu-central-1', endPoint: 'http://127.0.0.1:4566' })
// @ts-expect-error no options
configureHostedKeyMetrics()
// @ts-expect-error null for options
configureHostedKeyMetrics(null)
// @ts-expect-error a text other than 'auto'
configureHostedKeyMetrics({ enabled: 'yes' })
// @ts-expect-error a number
configureHostedKeyMetrics({ enabled: 1 })
// @ts-expect-error null
configureHostedKeyMetrics({ environment: null })
// @ts-expect-error a boolean
configureHostedKeyMetrics({ environment: true })
// @ts-expect-error a list
configureHostedKeyMetrics({ region: ['eu-central-1'] })
// @ts-expect-error an object
configureHostedKeyMetrics({ endpoint: new URL('http://127.0.0.1:4566') })
// @ts-expect-error a text
configureHostedKeyMetrics({ flushIntervalMs: '5000' })
// @ts-expect-error a bigint
configureHostedKeyMetrics({ shutdownTimeoutMs: 500n })
// @ts-expect-error a text
configureHostedKeyMetrics({ signals: 'none' })
// @ts-expect-error a text
configureHostedKeyMetrics({ maxBufferedDatums: '1000' })
// @ts-expect-error null
configureHostedKeyMetrics({ maxSeries: null })
// @ts-expect-error a resolution that CloudWatch does not have
configureHostedKeyMetrics({ storageResolution: 30 })
// @ts-expect-error a resolution that may be any number
configureHostedKeyMetrics({ storageResolution: Number(process.env.RESOLUTION) })

// @ts-expect-error a text
configureHostedKeyMetrics({ rollups: 'all' })

const stats = hostedKeyMetricsStats()
// @ts-expect-error a state that does not exist
export const isBroken = stats.state === 'broken'
// @ts-expect-error a counter that does not exist
export const lost = stats.lost
// @ts-expect-error a reason for dropping that does not exist
export const expired = stats.dropped.expired
// @ts-expect-error roll-ups are counted apart
export const rolledUp: number = stats.rollups
// @ts-expect-error nothing may have been sent yet
export const since = stats.lastSuccessAt.getTime()
// @ts-expect-error nothing may have gone wrong yet
export const code = stats.lastError.code
// @ts-expect-error the result of a flush is an object
export const flushed: boolean = await flushHostedKeyMetrics()
// @ts-expect-error the timeout is an option
await flushHostedKeyMetrics(1_000)
// @ts-expect-error a timeout is a number
await flushHostedKeyMetrics({ timeoutMs: '1000' })
// @ts-expect-error there is no such option
await flushHostedKeyMetrics({ timeout: 1_000 })

// @ts-expect-error a mock without all the recorders
export const incomplete: HostedKeyMetrics = { recordUsed() {} }
// @ts-expect-error a mock with a misspelt recorder
export const misspelt: Partial<HostedKeyMetrics> = { recordUse() {} }
// @ts-expect-error a mock that takes something else
export const other: Partial<HostedKeyMetrics> = { recordQueueWait(_wait: Date) {} }
