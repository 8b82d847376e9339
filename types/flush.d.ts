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
 * If CloudWatch denies one namespace and accepts another, a flush tries the denied one again and again for the first ten
 * seconds, in which a changed policy may come into force. Afterwards, a flush waits for one attempt of it: `delivered` is
 * `false`, and `remaining` counts its records.
 *
 * A flush does not wait for the end of a backoff. Calls that overlap share the work. During `beforeExit`, a call does
 * not repeat a flush that ended less than a second before with the same records, so that a listener which flushes lets
 * the process end.
 *
 * The promise is also a `Promise<void>`, for code that expects one. It rejects with a `TypeError` if `timeoutMs` is out of
 * range, and with nothing else.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: makes the promise a `Promise<void>` too.
export declare function flushMetrics(options?: FlushOptions): Promise<FlushResult & void>
/** What a stand-in for tests may return. */
// biome-ignore lint/suspicious/noConfusingVoidType: a stand-in may return `Promise<void>`.
export declare function flushMetrics(): Promise<FlushResult | void>

/** The options of {@link flushMetrics}. */
export interface FlushOptions {
  /**
   * The maximum duration, in milliseconds, from 0 to 600,000. Default: 10,000, two attempts that time out. Choose less than
   * the time that the host gives.
   */
  readonly timeoutMs?: number | undefined
}

/** The result of {@link flushMetrics}. */
export interface FlushResult {
  /**
   * Whether each record that waited when the flush was called was accepted by CloudWatch. `true` also if none waited, as when
   * metrics are off: `state` of the statistics tells that.
   */
  readonly delivered: boolean
  /** The number of these records that still wait. Those that were dropped do not count; see `dropped` in the statistics. */
  readonly remaining: number
}
