import type { MetricOptions } from './definitions.js'
import type { MetricsLogger } from './logger.js'
import type { WorkflowMetrics } from './workflow.js'

/**
 * Options for {@link configureMetrics}. An option that is `undefined` is not set.
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
export interface MetricsOptions {
  /**
   * Whether metrics are on.
   *
   * - `'auto'`: on if the environment holds credentials (static keys, a container credentials URI or a web identity
   *   token), or if the process runs on EC2 and `AWS_EC2_METADATA_DISABLED` is `false`
   *   or not set. A profile in the home directory is never used. If a role is set without credentials, a warning says so.
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
   * The ARN of the IAM role as which metrics are sent. STS AssumeRole is called with the credentials that the process has,
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
   * Each wait varies by half, so that processes that start together do not send together. While CloudWatch throttles the
   * account, the interval is longer, up to five minutes; {@link MetricsStats.flushIntervalMs} is that of now. A flush starts
   * early when half of `maxBufferedDatums` or `maxBufferedBytes` wait.
   *
   * Variable: `HKM_FLUSH_INTERVAL_MS`.
   *
   * @default 30000
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
   * series with more values are rounded until one datum holds them; their percentiles become less exact, and no record is
   * lost. If that is not enough, the records of the minute, or of the second at high resolution, that ended first are dropped
   * and counted in `dropped.bufferFull`. If all are of one, the series with the fewest records are dropped. While CloudWatch
   * accepts records, one datum of each series may wait in addition.
   *
   * Variable: `HKM_MAX_BUFFERED_DATUMS`.
   *
   * @default 100000
   */
  maxBufferedDatums?: number | undefined
  /**
   * How much memory records may take that wait, in bytes. A whole number from 100,000 to 4,000,000,000. Beyond it, they are
   * rounded and dropped as beyond `maxBufferedDatums`.
   *
   * Estimated as 128 bytes for a series and minute, and 40 for each of several distinct values. What is being sent comes on
   * top, and takes as much again at most.
   *
   * Variable: `HKM_MAX_BUFFERED_BYTES`.
   *
   * @default 64000000
   */
  maxBufferedBytes?: number | undefined
  /**
   * How many series there may be, over all metrics. A whole number from 1 to 10,000,000. Roll-ups count.
   *
   * A series is a distinct set of a metric and its dimensions. CloudWatch bills each as a metric. Records of further
   * series count in one more series for each metric, which has `_overflow` as the value of each label, and still in each of
   * its roll-ups.
   *
   * Not counted are metrics without dimensions, roll-ups to no dimensions, and `_overflow` series: at most one for each metric,
   * and one for each of its roll-ups.
   *
   * Variable: `HKM_MAX_SERIES`.
   *
   * @default 10000
   */
  maxSeries?: number | undefined
  /**
   * The path of a directory in which the process keeps its records in a file until they are delivered. They then survive SIGKILL,
   * the out-of-memory killer and a crash of native code: the next process with the same directory delivers them, or one that runs,
   * within about a minute. A power loss can lose them.
   *
   * The directory must exist, on tmpfs, ext4, XFS or another local file system, but not on Btrfs, and all of its processes should be
   * of one user. A relative path is one
   * from the working directory at the first record. If the file cannot be made, a warning says so, and records are delivered as
   * without this option. Not on Windows. Labels are in the file, so only its user can read it.
   *
   * Variable: `HKM_SPOOL_DIRECTORY`. Blanks at its ends are no part of the path.
   */
  spoolDirectory?: string | undefined
  /**
   * The maximum size of the file in `spoolDirectory`, in bytes. A whole number from 2,000,000 to 1,000,000,000. It takes room on the
   * disk only as far as it is used.
   *
   * Half of it holds the records that wait, a quarter the series, and a quarter the memory that JavaScript threads record into, about
   * 197,000 bytes for each thread. Records beyond that are delivered, but do not survive a kill; `spool.overflows` of
   * {@link MetricsStats} counts how often that happened to what waited.
   *
   * Variable: `HKM_SPOOL_MAX_BYTES`.
   *
   * @default 64000000
   */
  spoolMaxBytes?: number | undefined
  /**
   * How many seconds CloudWatch stores together: 60, or 1 for high resolution. A definition can have its own.
   *
   * Variable: `HKM_STORAGE_RESOLUTION`.
   *
   * @default 60
   */
  storageResolution?: 60 | 1 | undefined
  /**
   * Whether the roll-ups that definitions recommend are stored as well: `recommendedRollups` of {@link MetricOptions}.
   * Those of `hostedKeyMetrics` are by provider, by reason and in total. Those of `workflowMetrics` are by status, by type and
   * success of a block, by success, and in total; see {@link WorkflowMetrics}. Roll-ups that a definition lists as `rollups`
   * are stored in any case.
   *
   * CloudWatch bills each series of a roll-up as a metric.
   *
   * Variable: `HKM_ROLLUPS`.
   *
   * @default false
   */
  rollups?: boolean | undefined
  /**
   * Receives warnings. It belongs to the thread that sets it, and may be set at any time.
   *
   * At most one warning of a kind is given in a minute, with the number of those that were held back. A warning about
   * a redacted label or about `maxSeries` is given once for each of at most ten metrics. Of warnings about callbacks of gauges, a
   * thread gives up to ten in a minute, if they are about callbacks that were not warned about before.
   *
   * @default console
   */
  logger?: MetricsLogger | undefined
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
export declare function configureMetrics(options: MetricsOptions): void
