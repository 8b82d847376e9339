import type { LabelValue } from './labels.js'
import type { DroppedRecords } from './stats.js'

/**
 * Why a call on a hosted key failed.
 *
 * - `'rate_limited'`: the provider answered that a rate limit or a quota is reached.
 * - `'auth'`: the provider refused the key.
 * - `'metering'`: the call succeeded, but its cost could not be determined.
 * - `'other'`: any other failure.
 */
export type FailureReason = 'rate_limited' | 'auth' | 'other' | 'metering'

/**
 * Why a call was throttled.
 *
 * - `'billing_actor_limit'`: the account that pays for the call has reached its own rate limit. The provider was not
 *   called.
 * - `'upstream_retries_exhausted'`: the provider refused every attempt because of its rate limit.
 */
export type ThrottleReason = 'billing_actor_limit' | 'upstream_retries_exhausted'

/**
 * What a queued call waited for.
 *
 * - `'actor_requests'`: the account that pays for the call had no requests left.
 * - `'dimension'`: the account that pays for the call had reached another limit, such as one on tokens.
 * - `'queue_position'`: other calls were queued before this one.
 */
export type QueueReason = 'actor_requests' | 'dimension' | 'queue_position'

/** The label of the dimension `Provider`. */
export interface ProviderLabel {
  /**
   * The service that was called, such as `openai`. Dimension `Provider`; `null`, `undefined` and a blank text leave it
   * out.
   */
  provider: string | null | undefined
}

/** The label of the dimension `Tool`. */
export interface ToolLabel {
  /**
   * The tool or the model that was called, such as `chat`. Dimension `Tool`; `null`, `undefined` and a blank text leave
   * it out.
   */
  tool: string | null | undefined
}

/** The label of the dimension `Key`. */
export interface KeyLabel {
  /**
   * The **name** of the environment variable that holds the key, such as `OPENAI_API_KEY_1`. Never pass the key
   * itself. Dimension `Key`; `null`, `undefined` and a blank text leave it out.
   *
   * A text that looks like a secret is replaced by `[redacted]`: every text with characters other than ASCII letters,
   * digits and `_`, and every text with a long part that is not made of words, such as a digest or a random token.
   */
  key: string | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUsed}. */
export interface HostedKeyLabels extends ProviderLabel, ToolLabel, KeyLabel {}

/** Labels of {@link HostedKeyMetrics.recordFailed}. */
export interface FailureLabels extends ProviderLabel, ToolLabel, KeyLabel {
  /**
   * Why the call failed: `'rate_limited'`, `'auth'`, `'metering'` or `'other'`; see {@link FailureReason}. Dimension
   * `Reason`; `null` and `undefined` leave it out.
   */
  reason: FailureReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordCostCharged}. */
export interface CostLabels extends ProviderLabel, ToolLabel {}

/** Labels of {@link HostedKeyMetrics.recordThrottled}. */
export interface ThrottleLabels extends ProviderLabel, ToolLabel {
  /**
   * Why the call was throttled: `'billing_actor_limit'` or `'upstream_retries_exhausted'`; see {@link ThrottleReason}.
   * Dimension `Reason`; `null` and `undefined` leave it out.
   */
  reason: ThrottleReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUpstreamRateLimited}. */
export interface RateLimitLabels extends ToolLabel, KeyLabel {}

/** Labels of {@link HostedKeyMetrics.recordQueueWait} and {@link HostedKeyMetrics.recordQueueWaitExceeded}. */
export interface QueueLabels extends ProviderLabel {
  /**
   * What the call waited for: `'actor_requests'`, `'dimension'` or `'queue_position'`; see {@link QueueReason}.
   * Dimension `Reason`; `null` and `undefined` leave it out.
   */
  reason: QueueReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUnknownModelCost}. */
export interface UnknownCostLabels extends ToolLabel {}

/**
 * The recorders, one for each metric.
 *
 * A recorder returns `undefined`. It never throws and never waits, whatever it is given. While metrics are off, it does
 * nothing.
 *
 * A record is dropped alone, and counted in {@link DroppedRecords}, if its value is not a finite number within ±2^360,
 * if one of its labels is neither text, number, boolean, `null` nor `undefined`, or if it has no labels at all.
 *
 * A label that CloudWatch would refuse is changed; see {@link LabelValue}.
 *
 * @see Range of a value: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
export interface HostedKeyMetrics {
  /**
   * Counts a use of a hosted key.
   *
   * Metric `Used`, value 1, unit Count. Dimensions `Provider`, `Tool`, `Key`.
   *
   * @param labels `provider`, `tool` and `key`.
   */
  recordUsed(labels: HostedKeyLabels): void

  /**
   * Counts a failure of a call on a hosted key.
   *
   * Metric `Failed`, value 1, unit Count. Dimensions `Provider`, `Tool`, `Key`, `Reason`.
   *
   * @param labels `provider`, `tool`, `key` and `reason`.
   */
  recordFailed(labels: FailureLabels): void

  /**
   * Records what a call was charged.
   *
   * Metric `CostCharged`, value `costUsd`, unit None, because CloudWatch has no unit for money. Dimensions `Provider`,
   * `Tool`.
   *
   * @param costUsd US dollars. Zero, negative numbers and numbers below 2^-360 are not recorded.
   * @param labels `provider` and `tool`.
   */
  recordCostCharged(costUsd: number, labels: CostLabels): void

  /**
   * Counts a call that was throttled.
   *
   * Metric `Throttled`, value 1, unit Count. Dimensions `Provider`, `Tool`, `Reason`.
   *
   * @param labels `provider`, `tool` and `reason`.
   */
  recordThrottled(labels: ThrottleLabels): void

  /**
   * Counts an attempt that the provider refused because of its rate limit.
   *
   * Metric `UpstreamRateLimited`, value 1, unit Count. Dimensions `Tool`, `Key`.
   *
   * @param labels `tool` and `key`.
   */
  recordUpstreamRateLimited(labels: RateLimitLabels): void

  /**
   * Records how long a call waited in the queue.
   *
   * Metric `QueueWaitDuration`, value `durationMs`, unit Milliseconds. Dimensions `Provider`, `Reason`.
   *
   * @param durationMs Milliseconds. A negative number, and one that CloudWatch refuses because it is below 2^-360, is
   *   recorded as zero and counted in `sanitized`.
   * @param labels `provider` and `reason`.
   */
  recordQueueWait(durationMs: number, labels: QueueLabels): void

  /**
   * Counts a call that gave up waiting in the queue.
   *
   * Metric `QueueWaitExceeded`, value 1, unit Count. Dimensions `Provider`, `Reason`.
   *
   * @param labels `provider` and `reason`.
   */
  recordQueueWaitExceeded(labels: QueueLabels): void

  /**
   * Counts a call whose cost is unknown, because its model has no known price.
   *
   * Metric `UnknownModelCost`, value 1, unit Count. Dimension `Tool`.
   *
   * @param labels `tool`.
   */
  recordUnknownModelCost(labels: UnknownCostLabels): void
}

/**
 * Records metrics of calls on hosted keys, in the namespace `Sim/HostedKey`. Recording neither throws nor waits, and works
 * in every thread.
 *
 * The first dimension of each metric is `Environment`. The dimensions of the labels follow, in the order in which each
 * recorder lists them.
 *
 * @example
 * ```ts
 * hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
 * hostedKeyMetrics.recordCostCharged(0.0021, { provider: 'openai', tool: 'chat' })
 * ```
 */
export declare const hostedKeyMetrics: HostedKeyMetrics
