// Compiled, never run: options and counters.

import {
  configureHostedKeyMetrics,
  configureMetrics,
  type DroppedRecords,
  type flushHostedKeyMetrics,
  flushMetrics,
  type HostedKeyMetricsLogger,
  type HostedKeyMetricsOptions,
  type HostedKeyMetricsStats,
  hostedKeyMetricsStats,
  type MetricsLogger,
  type MetricsOptions,
  type MetricsStats,
  metricsStats,
  type RollupStats,
  type SpoolStats,
} from '@sim/hkm-native'

configureHostedKeyMetrics({})
configureHostedKeyMetrics({ enabled: 'auto', storageResolution: 1 })
configureHostedKeyMetrics({ enabled: process.env.NODE_ENV === 'production' })
configureHostedKeyMetrics({ region: process.env.METRICS_REGION, environment: undefined })
const options: HostedKeyMetricsOptions = {
  enabled: true,
  environment: 'staging',
  region: 'eu-central-1',
  endpoint: 'http://127.0.0.1:4566',
  roleArn: 'arn:aws:iam::123456789012:role/metrics',
  roleExternalId: 'tenant',
  roleSessionName: 'billing',
  flushIntervalMs: 1_000,
  shutdownTimeoutMs: 500,
  signals: false,
  maxBufferedDatums: 1_000,
  maxBufferedBytes: 1_000_000,
  maxSeries: 500,
  spoolDirectory: '/var/lib/shop/spool',
  spoolMaxBytes: 8_000_000,
  storageResolution: 60,
  rollups: true,
}
configureHostedKeyMetrics({ ...options, logger: console })

// Each option may be undefined, and none may be missing here.
const unset: Record<keyof HostedKeyMetricsOptions, undefined> = {
  enabled: undefined,
  environment: undefined,
  region: undefined,
  endpoint: undefined,
  roleArn: undefined,
  roleExternalId: undefined,
  roleSessionName: undefined,
  flushIntervalMs: undefined,
  shutdownTimeoutMs: undefined,
  signals: undefined,
  maxBufferedDatums: undefined,
  maxBufferedBytes: undefined,
  maxSeries: undefined,
  spoolDirectory: undefined,
  spoolMaxBytes: undefined,
  storageResolution: undefined,
  rollups: undefined,
  logger: undefined,
}
configureHostedKeyMetrics(unset)
declare const optional: Partial<HostedKeyMetricsOptions>
configureHostedKeyMetrics({ ...optional, ...options })
declare const resolution: 60 | 1
configureHostedKeyMetrics({ storageResolution: resolution, logger: undefined })

const stats: HostedKeyMetricsStats = hostedKeyMetricsStats()
export const dropped: number = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
export const balance: boolean =
  stats.recorded + (stats.spool?.adopted ?? 0) ===
  stats.applied + stats.buffered + stats.inFlight + dropped
const { rollups } = stats
export const balanceOfRollups: boolean =
  rollups.stored === rollups.applied + rollups.buffered + rollups.inFlight + rollups.dropped
export const role: string | undefined = stats.roleArn
export const ratio: number = stats.bytesSent.compressed / stats.bytesSent.raw
export const gauges: Record<string, number> = {
  possiblyDuplicated: stats.possiblyDuplicated,
  sanitized: stats.sanitized,
  series: stats.series,
  overflowedSeries: stats.overflowedSeries,
  flushIntervalMs: stats.flushIntervalMs,
  clockOffsetMs: stats.clockOffsetMs,
  requests: stats.requests,
  throttled: stats.throttled,
  retries: stats.retries,
  rollups: rollups.series,
}
export const causes: Record<keyof DroppedRecords, true> = {
  invalidValue: true,
  invalidLabel: true,
  bufferFull: true,
  tooOld: true,
  rejected: true,
  unresolved: true,
  unobserved: true,
}
export const since: number | undefined = stats.lastSuccessAt?.getTime()
export const problem = stats.lastError && `${stats.lastError.code}: ${stats.lastError.message}`
export const at: string | undefined = stats.lastError?.time.toISOString()
export function explain({ state, reason, credentialSource }: HostedKeyMetricsStats): string {
  switch (state) {
    case 'on':
      return credentialSource ?? 'unknown'
    case 'off':
    case 'idle':
      return reason
    default: {
      const none: never = state
      return none
    }
  }
}

// The general names and those of hosted keys are the same.
export const functions: [
  typeof configureHostedKeyMetrics,
  typeof flushHostedKeyMetrics,
  typeof hostedKeyMetricsStats,
] = [configureMetrics, flushMetrics, metricsStats]
configureMetrics({ rollups: process.env.ROLLUPS === 'yes', logger: console })
declare const logger: MetricsLogger
export const renamed: [HostedKeyMetricsLogger, HostedKeyMetricsOptions, HostedKeyMetricsStats] = [
  logger,
  options satisfies MetricsOptions,
  metricsStats() satisfies MetricsStats,
]
export const ofRollups: RollupStats = rollups
export const ofSpool: SpoolStats | undefined = stats.spool
