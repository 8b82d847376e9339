/**
 * Hosted-key metrics for Amazon CloudWatch, recorded without touching the event loop.
 *
 * Every metric is in the namespace `Sim/HostedKey`. Its first dimension is `Environment`, followed by the
 * labels in the order in which they are documented; a label that is empty or missing leaves its dimension out.
 * A record counts towards the minute in which it is made (the second, with `storageResolution: 1`), and
 * CloudWatch has its exact value: sums, counts, extremes and percentiles come out as if it had been sent alone.
 *
 * Nothing is started or read before the first record.
 */

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
 * Why a caller was told to try again later.
 *
 * - `'billing_actor_limit'`: whoever pays for the call has reached a limit of the platform. The provider was not
 *   called.
 * - `'upstream_retries_exhausted'`: the provider refused every attempt because of its rate limit.
 */
export type ThrottleReason = 'billing_actor_limit' | 'upstream_retries_exhausted'

/**
 * What a queued call waited for.
 *
 * - `'actor_requests'`: the limit of requests of whoever pays for the call.
 * - `'dimension'`: another limit of whoever pays for the call, such as tokens.
 * - `'queue_position'`: the calls that were queued before it.
 */
export type QueueReason = 'actor_requests' | 'dimension' | 'queue_position'

/** The label of the dimension `Provider`. */
export interface ProviderLabel {
  /**
   * The service that the key belongs to, such as `openai`. Dimension `Provider`; `null`, `undefined` and an empty
   * text leave it out.
   */
  provider: string | null | undefined
}

/** The label of the dimension `Tool`. */
export interface ToolLabel {
  /**
   * The tool or the model that was called, such as `chat`. Dimension `Tool`; `null`, `undefined` and an empty text
   * leave it out.
   */
  tool: string | null | undefined
}

/** The label of the dimension `Key`. */
export interface KeyLabel {
  /**
   * The **name** of the environment variable that holds the key, such as `OPENAI_API_KEY_1`. Never pass the key
   * itself. A text that looks like a secret is replaced by `[redacted]`, for example one with a character that is
   * no ASCII letter, digit or `_`. Dimension `Key`; `null`, `undefined` and an empty text leave it out.
   */
  key: string | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUsed}: which hosted key was used for what. */
export interface HostedKeyLabels extends ProviderLabel, ToolLabel, KeyLabel {}

/** Labels of {@link HostedKeyMetrics.recordFailed}. */
export interface FailureLabels extends ProviderLabel, ToolLabel, KeyLabel {
  /** Why the call failed. Dimension `Reason`; `null` and `undefined` leave it out. */
  reason: FailureReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordCostCharged}. */
export interface CostLabels extends ProviderLabel, ToolLabel {}

/** Labels of {@link HostedKeyMetrics.recordThrottled}. */
export interface ThrottleLabels extends ProviderLabel, ToolLabel {
  /** Why the caller was throttled. Dimension `Reason`; `null` and `undefined` leave it out. */
  reason: ThrottleReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUpstreamRateLimited}. */
export interface RateLimitLabels extends ToolLabel, KeyLabel {}

/** Labels of {@link HostedKeyMetrics.recordQueueWait} and {@link HostedKeyMetrics.recordQueueWaitExceeded}. */
export interface QueueLabels extends ProviderLabel {
  /** What the call waited for. Dimension `Reason`; `null` and `undefined` leave it out. */
  reason: QueueReason | null | undefined
}

/** Labels of {@link HostedKeyMetrics.recordUnknownModelCost}. */
export interface UnknownCostLabels extends ToolLabel {}

/**
 * The recorders. Each returns `undefined`, never throws and never waits, whatever it is given.
 *
 * A record that cannot be kept is dropped alone and counted by {@link hostedKeyMetricsStats}: a value that is
 * not a finite number within ±2^360 (the range of PutMetricData), a label that is neither text, number nor
 * boolean, or no labels at all. In a label, characters outside printable ASCII become `?`, leading colons go,
 * and what is past 1,024 characters is cut, because CloudWatch would refuse them.
 */
export interface HostedKeyMetrics {
  /** A call on a hosted key. `Used` 1, Count; dimensions Provider, Tool, Key. */
  recordUsed(labels: HostedKeyLabels): void

  /** A call on a hosted key that failed. `Failed` 1, Count; dimensions Provider, Tool, Key, Reason. */
  recordFailed(labels: FailureLabels): void

  /**
   * What a call was charged. `CostCharged`, no unit; dimensions Provider, Tool.
   *
   * @param costUsd US dollars; zero and less are not recorded.
   */
  recordCostCharged(costUsd: number, labels: CostLabels): void

  /** A call that was throttled. `Throttled` 1, Count; dimensions Provider, Tool, Reason. */
  recordThrottled(labels: ThrottleLabels): void

  /** The provider answered that its limit is reached. `UpstreamRateLimited` 1, Count; dimensions Tool, Key. */
  recordUpstreamRateLimited(labels: RateLimitLabels): void

  /**
   * How long a call waited in the queue. `QueueWaitDuration`, Milliseconds; dimensions Provider, Reason.
   *
   * @param durationMs milliseconds; less than zero is recorded as zero and counted as sanitized.
   */
  recordQueueWait(durationMs: number, labels: QueueLabels): void

  /** A call gave up waiting. `QueueWaitExceeded` 1, Count; dimensions Provider, Reason. */
  recordQueueWaitExceeded(labels: QueueLabels): void

  /** The cost of a call is not known for its model. `UnknownModelCost` 1, Count; dimension Tool. */
  recordUnknownModelCost(labels: UnknownCostLabels): void
}

export declare const hostedKeyMetrics: HostedKeyMetrics

/**
 * Sends everything recorded so far, in every thread of the process, without waiting for the interval.
 *
 * Resolves when each of these records was accepted by CloudWatch or dropped for a counted reason, or after
 * 10 seconds; then the rest stays buffered and is sent later. Tries at once even while backing off; only in `beforeExit`
 * not again for what was just waited for in vain, so that a listener which flushes lets the process end. Calls that
 * overlap share the work. Never rejects.
 */
export declare function flushHostedKeyMetrics(): Promise<void>

/** Why records will never reach CloudWatch, with the number of records. */
export interface DroppedRecords {
  /** The value was not a finite number within ±2^360. */
  invalidValue: number
  /** A label could not be read or was neither text, number nor boolean, or there were no labels. */
  invalidLabel: number
  /** More than `maxBufferedDatums` waited; the oldest window goes first. */
  bufferFull: number
  /** Older than the two weeks that CloudWatch takes. */
  tooOld: number
  /** CloudWatch refused the datum, alone in its request. */
  rejected: number
  /** The native side gave no series for the labels. Only while a worker thread is being terminated. */
  unresolved: number
}

/**
 * A snapshot of the process's counters. At every snapshot,
 * `recorded = applied + buffered + inFlight + the sum of dropped`.
 */
export interface HostedKeyMetricsStats {
  /** `idle` before the first record; then `on`, or `off` for good. */
  state: 'idle' | 'on' | 'off'
  /** Why metrics are idle or off; empty when they are on. */
  reason: string
  /** Where credentials are expected to come from; `undefined` unless metrics are on. */
  credentialSource:
    | 'static'
    | 'container'
    | 'web-identity'
    | 'instance'
    | 'default-chain'
    | undefined
  /** Calls of a recorder that had something to record. */
  recorded: number
  /** Records that CloudWatch accepted. */
  applied: number
  /** Records that wait to be sent. */
  buffered: number
  /** Records in requests that are not answered yet. */
  inFlight: number
  /** Records that were sent again after an answer that did not tell whether they were applied. */
  possiblyDuplicated: number
  dropped: DroppedRecords
  /** Values, and sets of labels, that were changed to be acceptable. */
  sanitized: number
  /** Distinct sets of dimensions, each billed by CloudWatch as a metric. */
  series: number
  /** Records folded into the `_overflow` series of their metric, past `maxSeries`. */
  overflowedSeries: number
  /** PutMetricData attempts that were handed to the network. */
  requests: number
  /** Attempts that CloudWatch throttled. */
  throttled: number
  /** Requests that had to be sent again, whole or in halves. */
  retries: number
  /** Bytes of request bodies, before and after gzip. */
  bytesSent: { raw: number; compressed: number }
  lastSuccessAt: Date | undefined
  lastError: { code: string; message: string; time: Date } | undefined
}

/** Looks at the counters. Costs a call into the native side; not for the hot path. */
export declare function hostedKeyMetricsStats(): HostedKeyMetricsStats

/**
 * Receives warnings. `console`, a logger of pino or winston, and any other object with a `warn` method are accepted.
 *
 * Only `warn` is called, with one argument. What it throws or rejects with is ignored.
 */
export interface HostedKeyMetricsLogger {
  /** @param message one line of text that begins with `[HostedKeyMetrics]`. It holds no secret. */
  warn(message: string): void
  /** A logger may have any further members. */
  // biome-ignore lint/suspicious/noExplicitAny: with `unknown`, interfaces and classes would not be accepted.
  [member: string]: any
}

/**
 * Options. Each but `logger` is also read from an environment variable at the first record; an option given
 * here wins, and a variable with a bad value is warned about once and the default used.
 */
export interface HostedKeyMetricsOptions {
  /**
   * `'auto'`, the default: on when the environment holds credentials (static keys, a container credentials URI,
   * a web identity token), or on an EC2 instance; a profile in the home directory is never used.
   * `true`: on, with whatever the AWS default chain finds. `false`: off. `HKM_ENABLED`.
   */
  enabled?: 'auto' | boolean | undefined
  /**
   * Value of the `Environment` dimension. Default: the first of `HKM_ENVIRONMENT`, `OTEL_DEPLOYMENT_ENVIRONMENT`,
   * `DEPLOYMENT_ENVIRONMENT` and `NODE_ENV` that is not empty, else `development`.
   */
  environment?: string | undefined
  /** Default: `HKM_REGION`, `AWS_REGION`, `AWS_DEFAULT_REGION`, else `us-east-1`. */
  region?: string | undefined
  /**
   * An http or https URL in place of the region's endpoint. Default: `HKM_ENDPOINT`,
   * `AWS_ENDPOINT_URL_CLOUDWATCH`, `AWS_ENDPOINT_URL`.
   */
  endpoint?: string | undefined
  /**
   * Mean milliseconds between two flushes while something is buffered, ±10 % of jitter; 100 to 3,600,000, default
   * 5,000. A flush also starts when half of `maxBufferedDatums` wait. `HKM_FLUSH_INTERVAL_MS`.
   */
  flushIntervalMs?: number | undefined
  /** The most milliseconds that the end of the process is held up; 0 to 60,000, default 2,000. `HKM_SHUTDOWN_TIMEOUT_MS`. */
  shutdownTimeoutMs?: number | undefined
  /**
   * Datums (a series in a window, up to 150 distinct values) that may wait while CloudWatch cannot be reached;
   * 1 to 10,000,000, default 10,000. Past that the oldest window is dropped and counted. `HKM_MAX_BUFFERED_DATUMS`.
   */
  maxBufferedDatums?: number | undefined
  /**
   * Distinct sets of dimensions, each billed as a metric; 1 to 10,000,000, default 10,000. Past that further ones
   * are folded, per metric, into one with `_overflow` for each label. `HKM_MAX_SERIES`.
   */
  maxSeries?: number | undefined
  /** Seconds that CloudWatch stores together: 60, the default, or 1 (high resolution). `HKM_STORAGE_RESOLUTION`. */
  storageResolution?: 60 | 1 | undefined
  /** Where warnings go, at most one a minute and kind; default `console`. */
  logger?: HostedKeyMetricsLogger | undefined
}

/**
 * Sets options for the process. Call it in the main thread before the first record; calls add up.
 *
 * @throws {TypeError} naming the option, when there is none of that name or its value is out of range.
 * @throws {Error} when something was recorded already.
 */
export declare function configureHostedKeyMetrics(options: HostedKeyMetricsOptions): void
