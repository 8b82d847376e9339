/**
 * Hosted-key metrics for Amazon CloudWatch, recorded without blocking the event loop.
 *
 * Every metric is in the namespace `Sim/HostedKey`. Its first dimension is `Environment`. The dimensions of the labels
 * follow, in the order in which each recorder lists them.
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
 * A label is changed if CloudWatch would refuse it. Characters outside printable ASCII become `?`, a text is cut so that
 * it has 1,024 characters, and `~` and 16 digits are added at its end: the first of the SHA-256 of the label. Labels that
 * differ therefore stay different. A label that already ends like this is changed too. Labels of more than 4,096
 * characters are told apart by the first 4,096 and by their length.
 *
 * A label may be inherited from a class. A label that only `Object.prototype` has is left out.
 *
 * @see Range of a value: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 * @see Rules for a label: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
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
 * Records metrics of calls on hosted keys. Recording neither throws nor waits, and works in every thread.
 *
 * @example
 * ```ts
 * hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
 * hostedKeyMetrics.recordCostCharged(0.0021, { provider: 'openai', tool: 'chat' })
 * ```
 */
export declare const hostedKeyMetrics: HostedKeyMetrics

/**
 * Sends everything that was recorded so far, in every thread of the process, without waiting for the flush interval.
 *
 * Call it before the host freezes or kills the process. When the process ends by itself, by `process.exit()`, by an
 * uncaught exception or by a signal of the option `signals`, the package flushes without a call.
 *
 * The promise resolves when each of these records was accepted by CloudWatch, or was dropped and counted. It resolves
 * after `timeoutMs` at the latest; records that are left stay buffered and are sent later. If no record waits, or if
 * metrics are off, it resolves at once.
 *
 * A flush does not wait for the end of a backoff. Calls that overlap share the work. During `beforeExit`, a call does
 * not repeat a flush that ended less than a second before with the same records, so that a listener which flushes lets
 * the process end.
 *
 * The promise is also a `Promise<void>`, for code that expects one. It rejects with a `TypeError` if `timeoutMs` is out of
 * range, and with nothing else.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: makes the promise a `Promise<void>` too.
export declare function flushHostedKeyMetrics(options?: FlushOptions): Promise<FlushResult & void>
/** What a stand-in for tests may return. */
// biome-ignore lint/suspicious/noConfusingVoidType: a stand-in may return `Promise<void>`.
export declare function flushHostedKeyMetrics(): Promise<FlushResult | void>

/** The general name of {@link flushHostedKeyMetrics}. */
export declare const flushMetrics: typeof flushHostedKeyMetrics

/** The options of {@link flushHostedKeyMetrics}. */
export interface FlushOptions {
  /**
   * The maximum duration, in milliseconds, from 0 to 600,000. Default: 10,000, two attempts that time out. Choose less than
   * the time that the host gives.
   */
  readonly timeoutMs?: number | undefined
}

/** The result of {@link flushHostedKeyMetrics}. */
export interface FlushResult {
  /** Whether each record that waited when the flush was called was accepted by CloudWatch. */
  readonly delivered: boolean
  /** The number of these records that still wait. Those that were dropped do not count; see `dropped` in the statistics. */
  readonly remaining: number
}

/** Records that will never reach CloudWatch, by reason. The counters never fall. */
export interface DroppedRecords {
  /** Records whose value was not a finite number within ±2^360, the range of PutMetricData. */
  invalidValue: number
  /**
   * Records without labels, and records with a label that could not be read or was neither text, number, boolean,
   * `null` nor `undefined`.
   */
  invalidLabel: number
  /**
   * Records that were dropped because more than `maxBufferedDatums` waited. The oldest minute is dropped first. If all
   * of them are of one minute, the series with the fewest records are dropped.
   */
  bufferFull: number
  /** Records that were older than two weeks before they could be sent. PutMetricData accepts none of them. */
  tooOld: number
  /**
   * Records with a value of a series that CloudWatch refused alone in a request, twice, while it accepted other parts of
   * the same request. If it accepts nothing, nothing is dropped.
   */
  rejected: number
  /**
   * Records whose series could not be resolved, because the native side gave no answer. It grows only while a worker
   * thread is being terminated.
   */
  unresolved: number
}

/**
 * A snapshot of the counters of the process. They cover all of its threads and all copies of the package.
 *
 * Every counter is a whole number that begins at zero. Only `buffered` and `inFlight` can fall. At every snapshot,
 * `recorded` equals `applied + buffered + inFlight` plus the sum of `dropped`.
 */
export interface HostedKeyMetricsStats {
  /**
   * Whether metrics are on.
   *
   * - `'idle'`: nothing was recorded yet.
   * - `'on'`: records are collected and sent.
   * - `'off'`: records are ignored until the process ends; see `reason`. If the native binary could not be loaded for want of
   *   memory or file descriptors, a later record tries again.
   */
  state: 'idle' | 'on' | 'off'
  /** Why metrics are idle or off. Empty while they are on. */
  reason: string
  /**
   * The expected source of the credentials, chosen at the first record. `undefined` unless metrics are on.
   *
   * - `'static'`: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
   * - `'container'`: a container credentials URI, as on ECS and with EKS Pod Identity.
   * - `'web-identity'`: a web identity token through STS, as for EKS service accounts.
   * - `'instance'`: the role of the EC2 instance, through IMDSv2.
   * - `'default-chain'`: whatever the AWS default chain finds. Only with `enabled: true`.
   */
  credentialSource:
    | 'static'
    | 'container'
    | 'web-identity'
    | 'instance'
    | 'default-chain'
    | undefined
  /**
   * The region that records are sent to. `undefined` until it is known: with `'instance'` and `'default-chain'`, it can
   * come with the first credentials.
   */
  region: string | undefined
  /** The ARN of the role that is assumed with these credentials. `undefined` without one, or unless metrics are on. */
  roleArn: string | undefined
  /** Records that were made while metrics were on, dropped ones included. A cost below 2^-360 is none. */
  recorded: number
  /** Records that CloudWatch accepted. */
  applied: number
  /** Records that wait to be sent. */
  buffered: number
  /** Records that are being sent: the outcome of their request is not known yet. */
  inFlight: number
  /**
   * An upper bound of the extra copies of records that CloudWatch has. A record counts here each time that it is sent again
   * after a request whose outcome is unknown, such as one without an answer, with a status of 5xx, or with a success that is
   * not CloudWatch's.
   */
  possiblyDuplicated: number
  /** Records that will never reach CloudWatch, by reason. */
  dropped: DroppedRecords
  /**
   * Records that were changed to be acceptable: those of which a label was changed or redacted, and durations that were
   * recorded as zero because they were negative or below 2^-360.
   */
  sanitized: number
  /**
   * Series: distinct sets of a metric and its dimensions that were recorded. CloudWatch bills each as a metric. At most
   * `maxSeries`, and one `_overflow` series for each of the eight metrics.
   */
  series: number
  /** Records, not series, that were counted in the `_overflow` series of their metric because of `maxSeries`. */
  overflowedSeries: number
  /** Attempts of PutMetricData that were handed to the network. */
  requests: number
  /** Attempts of PutMetricData that CloudWatch throttled. */
  throttled: number
  /** Requests whose records had to be sent again, as a whole or in halves. */
  retries: number
  /** Bytes in the bodies of PutMetricData requests. */
  bytesSent: {
    /** Bytes before compression. */
    raw: number
    /** Bytes as sent. By default, the AWS SDK compresses bodies of 10,240 bytes and more. */
    compressed: number
  }
  /**
   * Milliseconds by which CloudWatch's clock is ahead of the system's. 0 while they differ by at most a minute. Otherwise,
   * requests are signed and records are stamped with CloudWatch's time, and one warning says so.
   */
  clockOffsetMs: number
  /** When CloudWatch last accepted a request. `undefined` before the first time. */
  lastSuccessAt: Date | undefined
  /** The latest failure of a delivery. It stays after a later success. `undefined` before the first failure. */
  lastError:
    | {
        /**
         * The error code of CloudWatch, such as `AccessDenied`; `HTTP` and the status if an answer has no code; or the
         * kind of failure, such as `ConnectError`, `TimeoutError` or `StartError` (no thread or descriptor was left).
         */
        code: string
        /** One line of at most 500 characters. */
        message: string
        /** When the delivery failed. */
        time: Date
      }
    | undefined
}

/**
 * Returns the counters of the process. The snapshot is a copy and does not change.
 *
 * A call costs a call into the native side, so do not make one for each record. Before the first record, it loads the
 * native binary and starts nothing.
 */
export declare function hostedKeyMetricsStats(): HostedKeyMetricsStats

/**
 * Receives warnings. `console`, a logger of pino or winston, and any other object with a `warn` method are accepted.
 *
 * Only `warn` is called, with one argument. What it throws or rejects with is ignored.
 */
export interface HostedKeyMetricsLogger {
  /**
   * Receives a warning.
   *
   * @param message One line of at most about 1,000 characters that begins with `[HostedKeyMetrics]`. It holds no secret.
   */
  warn(message: string): void
  /** A logger may have any further members. */
  // biome-ignore lint/suspicious/noExplicitAny: TypeScript refuses interfaces and classes where this is `unknown`.
  [member: string]: any
}

/**
 * Options for {@link configureHostedKeyMetrics}. An option that is `undefined` is not set.
 *
 * Every option but `logger` can also be set by an environment variable, which is read at the first record. The option
 * takes precedence over the variable. A variable that is blank is not set. If the value of a variable cannot be used, a
 * warning says so, and the variable is ignored, except `HKM_ENABLED` and those of a role. A variable whose name begins with `HKM_` and does
 * not exist is warned about too. Each warning is given once in a process.
 *
 * A variable for a boolean takes `true`, `1`, `on` and `yes`, or `false`, `0`, `off` and `no`, in any case.
 *
 * Options and variables that `Object.prototype` has are not used.
 */
export interface HostedKeyMetricsOptions {
  /**
   * Whether metrics are on.
   *
   * - `'auto'`: on if the environment holds credentials (static keys, a container credentials URI or a web identity
   *   token), or if the process runs on EC2 and `AWS_EC2_METADATA_DISABLED` is not set, or
   *   `false`. A profile in the home directory is never used. If a role is set without credentials, a warning says so.
   * - `true`: on. Without credentials in the environment, the AWS default chain is used, profiles included, also those
   *   with a login of IAM Identity Center or with a `credential_process`, which is run.
   * - `false`: off.
   *
   * Variable: `HKM_ENABLED`. It takes `auto` and the words for a boolean. Any other value turns metrics off.
   *
   * @default 'auto'
   */
  enabled?: 'auto' | boolean | undefined
  /**
   * The value of the dimension `Environment`. A text that is not blank; it is changed like a label.
   *
   * Variables: the first that is set of `HKM_ENVIRONMENT`, `OTEL_DEPLOYMENT_ENVIRONMENT`, `DEPLOYMENT_ENVIRONMENT`,
   * `GRAFANA_DEPLOYMENT_ENVIRONMENT` and `NODE_ENV`.
   *
   * @default 'development'
   */
  environment?: string | undefined
  /**
   * The AWS region to send to, such as `us-east-1`.
   *
   * Variables: the first that is set to a region of `HKM_REGION`, `AWS_REGION` and `AWS_DEFAULT_REGION`. If none is, the
   * region of the profile is used and, with the role of an EC2 instance, that of its metadata service. A warning says so
   * if none of them is a region.
   *
   * @default 'us-east-1'
   */
  region?: string | undefined
  /**
   * The http or https URL to send to, in place of the endpoint of the region.
   *
   * Without user, password, query and fragment. A variable with another value turns metrics off, with a warning.
   *
   * Variables: the first that is set of `HKM_ENDPOINT`, `AWS_ENDPOINT_URL_CLOUDWATCH` and `AWS_ENDPOINT_URL`.
   */
  endpoint?: string | undefined
  /**
   * The ARN of an IAM role that metrics are sent as. STS AssumeRole is called with the credentials that the process has,
   * from any source, in the region of the metrics, and again before the credentials of the role expire.
   *
   * Variable: `HKM_ROLE_ARN`. If its value is no ARN of a role, metrics are off, so that nothing is sent as another
   * identity. The same holds for `HKM_ROLE_EXTERNAL_ID` and `HKM_ROLE_SESSION_NAME`, and if one of them is set without a
   * role.
   */
  roleArn?: string | undefined
  /**
   * The external id that the trust policy of the role asks for. 2 to 1,224 letters, digits and characters of `_+=,.@:/-`.
   *
   * Variable: `HKM_ROLE_EXTERNAL_ID`.
   */
  roleExternalId?: string | undefined
  /**
   * The name of the session of the role, which CloudTrail shows. 2 to 64 letters, digits and characters of `_+=,.@-`.
   *
   * Variable: `HKM_ROLE_SESSION_NAME`.
   *
   * @default 'hkm-native'
   */
  roleSessionName?: string | undefined
  /**
   * The mean time between two flushes while records are buffered, in milliseconds. A whole number from 100 to
   * 3,600,000.
   *
   * Each interval varies at random by ±10 %. A flush starts early when half of `maxBufferedDatums` wait.
   *
   * Variable: `HKM_FLUSH_INTERVAL_MS`.
   *
   * @default 5000
   */
  flushIntervalMs?: number | undefined
  /**
   * The longest time for which a flush delays the end of the process, in milliseconds. A whole number from 0 to 60,000.
   * Records that are not sent by then are lost, and a warning gives their number and the reason.
   *
   * All flushes that block a thread share this time. If the flush at `beforeExit` fails, it has taken the time, and no
   * other one waits.
   *
   * Variable: `HKM_SHUTDOWN_TIMEOUT_MS`.
   *
   * @default 2000
   */
  shutdownTimeoutMs?: number | undefined
  /**
   * Whether a signal ends the process only when the records are sent, or after `shutdownTimeoutMs`. This applies to
   * SIGHUP, SIGINT, SIGQUIT, SIGTERM and SIGUSR2 if the program does not listen to them, and to SIGABRT and SIGTRAP,
   * which are sent by a crash. On Windows, it applies to SIGHUP, SIGINT, SIGTERM and SIGBREAK.
   *
   * `false` leaves all signals alone. A signal without a listener then ends the process at once, and records that wait
   * are lost.
   *
   * Variable: `HKM_SIGNALS`.
   *
   * @default true
   */
  signals?: boolean | undefined
  /**
   * How many datums may wait while CloudWatch cannot be reached. A whole number from 1 to 10,000,000.
   *
   * A datum holds up to 150 distinct values of one series in one minute, the limit of MetricDatum. If more datums wait,
   * the records of the oldest minute are dropped and counted in `dropped.bufferFull`. If all are of one minute, the series
   * with the fewest records are dropped. While CloudWatch accepts records, one datum of each series may wait in addition.
   *
   * Variable: `HKM_MAX_BUFFERED_DATUMS`.
   *
   * @default 25000
   */
  maxBufferedDatums?: number | undefined
  /**
   * How many series there may be, over all metrics. A whole number from 1 to 10,000,000.
   *
   * A series is a distinct set of a metric and its dimensions. CloudWatch bills each as a metric. Records of further
   * series count in one more series for each metric, which has `_overflow` as the value of each label.
   *
   * Variable: `HKM_MAX_SERIES`.
   *
   * @default 10000
   */
  maxSeries?: number | undefined
  /**
   * How many seconds CloudWatch stores together: 60, or 1 for high resolution.
   *
   * Variable: `HKM_STORAGE_RESOLUTION`.
   *
   * @default 60
   */
  storageResolution?: 60 | 1 | undefined
  /**
   * Receives warnings. It belongs to the thread that sets it, and may be set at any time.
   *
   * At most one warning of a kind is given in a minute, with the number of those that were held back. A warning about
   * `maxSeries` or a redacted key is given once in the life of the process.
   *
   * @default console
   */
  logger?: HostedKeyMetricsLogger | undefined
}

/**
 * Sets options for the whole process. Options of several calls add up.
 *
 * Options of the main thread apply in every worker thread as well, whichever thread records first. Only `logger`
 * belongs to the thread that sets it.
 *
 * The first record, in any thread, seals the configuration of the whole process. A call that repeats values which were
 * configured before is allowed at any time, so a module that configures at its top level may be evaluated twice, or in a
 * worker thread. Values that come from variables or defaults cannot be repeated. `logger` may be set at any time. One
 * exception: if metrics are disabled by `HKM_ENABLED` alone, or if the binary cannot be loaded, workers that were started
 * before the first record do not know of it.
 *
 * The call loads the native binary, which keeps the options for all threads. It starts nothing.
 *
 * @throws {TypeError} If `options` is not an object, or if an option does not exist or has a value out of its range. The
 * message names the option. No option of the call is set.
 * @throws {Error} If the configuration is sealed and an option differs from what was configured, or if a worker thread
 * gives an option another value than the main thread; the message names the option. Also if the calling thread has
 * recorded and the call gives no option.
 */
export declare function configureHostedKeyMetrics(options: HostedKeyMetricsOptions): void
