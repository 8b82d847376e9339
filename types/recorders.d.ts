import type { LabelArguments, NoLabels, RemainingLabels } from './labels.js'
import type { DroppedRecords, MetricsStats } from './stats.js'
import type { PendingTimer, Timer, TimerFor } from './timers.js'

/**
 * Counts events or amounts.
 *
 * A recorder never throws and never waits, whatever it is given. While metrics are off, it does nothing. A record is
 * dropped alone, and counted in {@link DroppedRecords}, if its value is out of range, if one of its labels is neither text,
 * number, boolean, `null` nor `undefined`, or if it has no labels although the metric needs some.
 */
export interface Counter<in out Labels = NoLabels> {
  /**
   * Adds an amount. In CloudWatch, the statistic `Sum` is the total, and `SampleCount` the number of calls.
   *
   * @param amount From 0 to 2^360, in the unit of the metric. A number that CloudWatch refuses because it is below 2^-360
   *   is recorded as zero. A negative number is dropped and counted in `invalidValue`.
   * @param labels A value for each dimension of the metric.
   */
  add(amount: number, ...labels: LabelArguments<Labels>): void

  /**
   * Returns the counter of one series. It records without looking up the labels.
   *
   * @param labels A value for each dimension of the metric.
   */
  with(...labels: LabelArguments<Labels>): BoundCounter
}

/** A {@link Counter} with labels. */
export interface BoundCounter {
  /**
   * Adds an amount.
   *
   * @param amount From 0 to 2^360, in the unit of the metric. See {@link Counter.add}.
   */
  add(amount: number): void
}

/**
 * Records values whose distribution matters, such as sizes, prices and durations. CloudWatch has percentiles of them.
 *
 * A recorder never throws; see {@link Counter}.
 */
export interface Distribution<in out Labels = NoLabels> {
  /**
   * Records a value.
   *
   * @param value A finite number within ±2^360, in the unit of the metric. A number between ±2^-360, and a negative number
   *   in a unit of time, is recorded as zero and counted in `sanitized` of {@link MetricsStats}. Other numbers are dropped
   *   and counted in `invalidValue`.
   * @param labels A value for each dimension of the metric.
   */
  record(value: number, ...labels: LabelArguments<Labels>): void

  /**
   * Returns the distribution of one series. It records without looking up the labels.
   *
   * @param labels A value for each dimension of the metric.
   */
  with(...labels: LabelArguments<Labels>): BoundDistribution
}

/** A {@link Distribution} with labels. */
export interface BoundDistribution {
  /**
   * Records a value.
   *
   * @param value A finite number within ±2^360, in the unit of the metric. See {@link Distribution.record}.
   */
  record(value: number): void
}

/** A {@link Distribution} in seconds, milliseconds or microseconds. It has a timer. */
export interface DurationDistribution<in out Labels = NoLabels> extends Distribution<Labels> {
  /**
   * Starts a timer. The timer is a function that records the duration once, and returns it in the unit of the metric. The
   * clock is monotonic.
   *
   * Labels that are not known yet may be left out. The timer takes them, and reads no others: in
   * `promise.then(stop)`, its argument can be anything. Labels that are given here are copied, and stay. If the compiler cannot
   * tell whether a label is given, the timer takes all labels.
   *
   * @example
   * ```ts
   * using timer = shop.latency.startTimer({ region: 'eu' })
   *
   * const stop = shop.latency.startTimer()
   * stop({ region: 'eu' })
   * ```
   *
   * @param labels A value for each dimension that is known at the start.
   */
  startTimer<Given extends keyof Labels = never>(
    ...labels: [keyof Labels] extends [never]
      ? []
      : [labels?: Partial<Labels> & Pick<Labels, Given>]
  ): TimerFor<RemainingLabels<Labels, Given>>
  /**
   * Starts a timer with all labels. For functions that are written for any labels: see {@link LabelArguments}.
   *
   * @param labels A value for each dimension of the metric.
   */
  startTimer(...labels: LabelArguments<Labels>): Timer
  /**
   * Starts a timer with labels of which some may be missing. The timer takes all labels. Those of the start stay.
   *
   * @param labels A value for each dimension that is known at the start.
   */
  startTimer(
    ...labels: [keyof Labels] extends [never] ? [] : [labels?: Partial<Labels>]
  ): PendingTimer<Labels>

  /**
   * Returns the distribution of one series. It records without looking up the labels.
   *
   * @param labels A value for each dimension of the metric.
   */
  with(...labels: LabelArguments<Labels>): BoundDurationDistribution
}

/** A {@link DurationDistribution} with labels. */
export interface BoundDurationDistribution extends BoundDistribution {
  /** Starts a timer. See {@link DurationDistribution.startTimer}. */
  startTimer(): Timer
}

/**
 * Records the state of something, such as the length of a queue.
 *
 * Every value is a sample. In CloudWatch, use the statistics `Average`, `Minimum` and `Maximum`: `Sum` adds up samples,
 * and the samples of several processes.
 *
 * A recorder never throws; see {@link Counter}.
 */
export interface Gauge<in out Labels = NoLabels> {
  /**
   * Records a sample.
   *
   * @param value A finite number within ±2^360, in the unit of the metric. A number between ±2^-360 is recorded as zero.
   *   Other numbers are dropped and counted in `invalidValue`.
   * @param labels A value for each dimension of the metric.
   */
  set(value: number, ...labels: LabelArguments<Labels>): void

  /**
   * Records what a callback returns, once in each minute, or in each second with `storageResolution: 1`. Its timer does
   * not keep the process alive.
   *
   * The first call comes at once if metrics are on in this thread. Otherwise it comes with the first record, or after 5
   * seconds; it then turns metrics on as a record does. Until then, `configureMetrics` accepts options.
   *
   * Labels have one callback in a thread. A later call of `observe` with the same labels replaces the callback, as after a
   * hot reload. The function that ended the earlier one then does nothing. The labels are copied.
   *
   * A callback that throws, or whose promise rejects, or has not settled when the next sample is due, gives no sample.
   * This counts in `dropped.unobserved` of {@link MetricsStats}, and a warning shows the name and the code of the error. It
   * does not show the message, which can have a secret in it: catch the error in the callback to see more.
   *
   * @param callback Returns the value, or a promise of it.
   * @param labels A value for each dimension of the metric.
   * @returns A function that ends the observation. Call it if the callback must not be kept alive.
   */
  observe(
    callback: () => number | PromiseLike<number>,
    ...labels: LabelArguments<Labels>
  ): () => void

  /**
   * Returns the gauge of one series. It records without looking up the labels.
   *
   * @param labels A value for each dimension of the metric.
   */
  with(...labels: LabelArguments<Labels>): BoundGauge
}

/** A {@link Gauge} with labels. */
export interface BoundGauge {
  /**
   * Records a sample.
   *
   * @param value A finite number within ±2^360, in the unit of the metric. See {@link Gauge.set}.
   */
  set(value: number): void

  /**
   * Records what a callback returns once in each minute or second. See {@link Gauge.observe}.
   *
   * @param callback Returns the value, or a promise of it.
   * @returns A function that ends the observation.
   */
  observe(callback: () => number | PromiseLike<number>): () => void
}

/** A recorder of any kind. */
export type Recorder<Labels> =
  | Counter<Labels>
  | DurationDistribution<Labels>
  | Distribution<Labels>
  | Gauge<Labels>

/**
 * The labels of a recorder, for functions around it.
 *
 * @example
 * ```ts
 * type OrderLabels = LabelsOf<typeof shop.orders>
 * ```
 */
export type LabelsOf<R> = R extends Recorder<infer Labels> ? Labels : never
