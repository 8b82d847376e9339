import type { Gauge } from './recorders.js'

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
   * Records that were dropped because more than `maxBufferedDatums` or `maxBufferedBytes` waited. Those of a namespace that is
   * denied or fails go first, then the oldest.
   */
  bufferFull: number
  /** Records that were older than two weeks before they could be sent. PutMetricData accepts none of them. */
  tooOld: number
  /**
   * Records with a value of a series that CloudWatch refused alone in a request, twice, while it accepted others of its
   * namespace. If it accepts nothing of a namespace, nothing of it is dropped.
   */
  rejected: number
  /**
   * Records whose series could not be resolved, for one of three reasons: the threads of the process have defined more than 10,000
   * metrics, and a warning said so; a worker thread was being terminated, and the native side gave it no answer; or the records
   * were adopted, and the file of the process that was killed had no room for the names of their series.
   */
  unresolved: number
  /**
   * Samples that a callback of {@link Gauge.observe} did not give: it threw, its promise rejected, or the promise of the
   * call before had not settled. If metrics are on, also counts callbacks that are no function, and those past 10,000.
   */
  unobserved: number
}

/**
 * The roll-ups of all metrics. One record counts once for each roll-up that it is stored under. No other counter but
 * `series` includes roll-ups.
 *
 * Records are stored under roll-ups when they are taken to be sent. A record that waits for that is counted in `buffered` of
 * {@link MetricsStats} alone, and one that is dropped before is never stored under a roll-up.
 *
 * At every snapshot, `stored` equals `applied + buffered + inFlight + dropped`.
 */
export interface RollupStats {
  /**
   * Roll-ups. CloudWatch bills each as a metric. If records with fewer labels have the dimensions of a roll-up, the two are
   * billed as one metric. The number never falls.
   */
  series: number
  /** Records that were stored under roll-ups. */
  stored: number
  /** Of these, those that CloudWatch accepted. */
  applied: number
  /** Of these, those that wait to be sent again. */
  buffered: number
  /** Of these, those that are being sent: the outcome of their request is not known yet. */
  inFlight: number
  /**
   * An upper bound of the extra copies of records that CloudWatch has in roll-ups. As `possiblyDuplicated` of the records, and
   * counted apart: a roll-up and what it is made of can be in different requests.
   */
  possiblyDuplicated: number
  /** Of these, those that will never reach CloudWatch. */
  dropped: number
}

/** What is kept in `spoolDirectory`, and what was found there. The counters never fall. */
export interface SpoolStats {
  /** The directory, as an absolute path. */
  directory: string
  /**
   * Records of processes that were killed, which this process took over. They count in `applied`, `buffered`, `inFlight` and
   * `dropped` of {@link MetricsStats}, and not in `recorded`. Roll-ups are not included.
   */
  adopted: number
  /** Files with records of processes that are gone which this process took over to the end. */
  adoptedFiles: number
  /** Files that could not be read as a whole. They were renamed, with the extension `.hkm-damaged`. */
  setAside: number
  /**
   * Records of killed processes that were dropped, because their files took more than 16 times `spoolMaxBytes`, or half of the
   * file system. The oldest files go first. They count nowhere else.
   */
  dropped: number
  /**
   * How often more waited than has room in the file of this process. What waited then would be lost by a kill. It is still
   * delivered by this process.
   */
  overflows: number
}

/**
 * A snapshot of the counters of the process. They cover all of its threads and all copies of the package.
 *
 * Every counter is a whole number that begins at zero. Only `buffered` and `inFlight` can fall. At every snapshot,
 * `recorded`, plus `spool.adopted` if there is a spool, equals `applied + buffered + inFlight` plus the sum of `dropped`.
 */
export interface MetricsStats {
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
   * The region that records are sent to. `undefined` until it is known: with `'instance'` and `'default-chain'`, that can be
   * when the first credentials arrive.
   */
  region: string | undefined
  /** The ARN of the role that is assumed with these credentials. `undefined` without one, or unless metrics are on. */
  roleArn: string | undefined
  /** Records that were made while metrics were on, dropped ones included. A cost below 2^-360 is not recorded. */
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
   * not CloudWatch's. Copies in roll-ups count in `rollups.possiblyDuplicated` alone.
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
   * Series: distinct sets of a metric and its dimensions that were recorded, roll-ups included. CloudWatch bills each as a
   * metric. At most `maxSeries`, the metrics without dimensions, and the `_overflow` series: one for each metric and one for
   * each of its roll-ups.
   */
  series: number
  /** Records, not series, that were counted in the `_overflow` series of their metric because of a `maxSeries`. */
  overflowedSeries: number
  /** The roll-ups of all metrics, counted apart from the records. */
  rollups: RollupStats
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
   * The mean time between two flushes, in milliseconds: the option, or more while CloudWatch throttles. 0 before metrics are
   * on.
   */
  flushIntervalMs: number
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
         * kind of failure, such as `ConnectError`, `TimeoutError` or `StartError` (no thread or file descriptor was left).
         */
        code: string
        /** One line of at most 500 characters. */
        message: string
        /**
         * The namespace whose metrics were not delivered. `undefined` if the failure is one of all namespaces, such as
         * throttling, credentials, or a connection that cannot be made.
         */
        namespace: string | undefined
        /** When the delivery failed. */
        time: Date
      }
    | undefined
  /** What is kept in `spoolDirectory`. `undefined` without one, if it cannot be used, or unless metrics are on. */
  spool: SpoolStats | undefined
}

/**
 * Returns the counters of the process. The snapshot is a copy and does not change.
 *
 * The function calls the native side, so do not call it for each record. Before the first record, it loads the
 * native binary and starts nothing.
 */
export declare function metricsStats(): MetricsStats
