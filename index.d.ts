/**
 * Metrics for Amazon CloudWatch, recorded without blocking the event loop.
 *
 * {@link defineMetrics} defines metrics of one's own. {@link hostedKeyMetrics} and {@link workflowMetrics} are ready-made.
 *
 * A record counts towards the minute in which it is made, or the second with `storageResolution: 1`. Up to 1,500
 * distinct values of a series in a minute are sent as they are: sums, counts, extremes and percentiles in CloudWatch are
 * the same as if each record had been sent alone. If there are more, values are grouped with others that differ by at
 * most 1 %, and each group is sent as its mean: sum, count, minimum and maximum stay exact, and percentiles are off by
 * 1 % at most.
 *
 * Importing the package starts nothing and reads no environment variable. The first record does both. If the native
 * binary cannot be loaded, a warning says so, and the recorders do nothing.
 *
 * Several copies of the package in one process share one engine, one set of options and one set of statistics.
 *
 * @packageDocumentation
 */

export {
  type CounterOptions,
  counter,
  type DistributionOptions,
  type DurationOptions,
  defineMetrics,
  distribution,
  type GaugeOptions,
  gauge,
  type MetricDefinition,
  type MetricOptions,
  type MetricsDefinition,
} from './types/definitions.js'
export {
  type FlushOptions,
  type FlushResult,
  flushMetrics,
  flushMetrics as flushHostedKeyMetrics,
} from './types/flush.js'
export {
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
} from './types/hosted-key.js'
export type {
  DimensionOptions,
  Dimensions,
  LabelArguments,
  LabelValue,
  NoLabels,
  RemainingLabels,
} from './types/labels.js'
export type { MetricsLogger, MetricsLogger as HostedKeyMetricsLogger } from './types/logger.js'
export {
  configureMetrics,
  configureMetrics as configureHostedKeyMetrics,
  type MetricsOptions,
  type MetricsOptions as HostedKeyMetricsOptions,
} from './types/options.js'
export type {
  BoundCounter,
  BoundDistribution,
  BoundDurationDistribution,
  BoundGauge,
  Counter,
  Distribution,
  DurationDistribution,
  Gauge,
  LabelsOf,
  Recorder,
} from './types/recorders.js'
export {
  type DroppedRecords,
  type MetricsStats,
  type MetricsStats as HostedKeyMetricsStats,
  metricsStats,
  metricsStats as hostedKeyMetricsStats,
  type RollupStats,
  type SpoolStats,
} from './types/stats.js'
export type { PendingTimer, Timer, TimerFor } from './types/timers.js'
export type { TimeUnit, Unit } from './types/units.js'
export {
  type BlockExecutedLabels,
  type ExecutionCompletedLabels,
  type ExecutionPausedLabels,
  type ExecutionStartedLabels,
  type ExecutionStatus,
  type TriggerLabel,
  type WorkflowMetrics,
  workflowMetrics,
} from './types/workflow.js'
