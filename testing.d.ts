/**
 * Shows tests what would be sent. Nothing here uses AWS, a thread, the network or the native binary.
 *
 * @packageDocumentation
 */

import type { LabelValue } from './types/labels.js'
import type { LabelsOf, Recorder } from './types/recorders.js'
import type { MaybeDisposable } from './types/timers.js'
import type { Unit } from './types/units.js'

/**
 * The names of a metric, for metrics without a recorder of their own, such as those of `hostedKeyMetrics`.
 *
 * @example
 * ```ts
 * capture.sum({ namespace: 'Sim/HostedKey', name: 'Used' }, { provider: 'openai' })
 * ```
 */
export interface MetricName {
  /** The namespace, such as `Sim/HostedKey`. */
  readonly namespace: string
  /** The name in CloudWatch, such as `Used`. Without it, all metrics of the namespace are meant. */
  readonly name?: string | undefined
}

/** A record that was captured. */
export interface CapturedRecord<Labels = Readonly<Record<string, LabelValue>>> {
  /** The namespace of the metric, such as `Shop/Checkout`. */
  readonly namespace: string
  /** The name of the metric in CloudWatch, such as `Orders`. */
  readonly name: string
  /** The unit of the metric. */
  readonly unit: Unit
  /** The value that would be sent, in this unit. */
  readonly value: number
  /**
   * The labels by their keys, as they were given to this record, without those that are `null`, `undefined` or blank:
   * CloudWatch stores none of them. `Environment` and default dimensions are no labels.
   */
  readonly labels: Labels
}

/** A record that was dropped. */
export interface DroppedRecord {
  /** The namespace of the metric, such as `Shop/Checkout`. */
  readonly namespace: string
  /** The name of the metric in CloudWatch, such as `Orders`. */
  readonly name: string
  /** The unit of the metric. */
  readonly unit: Unit
  /**
   * Why the record was dropped.
   *
   * - `'invalidValue'`: the value is no number, or out of range.
   * - `'invalidLabel'`: there are no labels, or one cannot be read, or is neither text, number, boolean, `null` nor
   *   `undefined`.
   * - `'unobserved'`: a callback of a gauge threw, rejected or did not come back.
   */
  readonly reason: 'invalidValue' | 'invalidLabel' | 'unobserved'
  /** The value as it was given. */
  readonly value: unknown
  /** The labels as they were given. Of a timer whose argument cannot be read, those of its start. */
  readonly labels: unknown
}

/** Labels to look for. `null`, `undefined` and a blank text stand for a label that is missing. */
export type LabelFilter<Labels> = { readonly [K in keyof Labels]?: Labels[K] | null | undefined }

/** The parameter for labels to look for: none for a metric without labels. */
export type FilterArguments<Labels> = [keyof Labels] extends [never]
  ? []
  : [labels?: LabelFilter<Labels> | undefined]

/** A recorder of any kind and labels. */
// biome-ignore lint/suspicious/noExplicitAny: a recorder of some labels is none of `unknown` ones.
export type AnyRecorder = Recorder<any>

/** Refuses properties that {@link MetricName} does not have. */
export type NothingElse<Metric> = Metric extends AnyRecorder
  ? unknown
  : { readonly [K in Exclude<keyof Metric, keyof MetricName>]: never }

/** The parameter for labels of a metric to look for. */
export type FilterFor<Metric> = Metric extends AnyRecorder
  ? FilterArguments<LabelsOf<Metric>>
  : FilterArguments<Record<string, LabelValue>>

/** A record of a metric. */
export type RecordOf<Metric> = Metric extends AnyRecorder
  ? CapturedRecord<CapturedLabels<LabelsOf<Metric>>>
  : CapturedRecord

/** The records since {@link captureMetrics} or the last {@link MetricsCapture.clear}. */
export interface MetricsCapture extends MaybeDisposable {
  /** Returns all records, in the order in which they were made. */
  records(): CapturedRecord[]
  /**
   * Returns the records of a metric, or of all metrics of a namespace, in the order in which they were made.
   *
   * @param metric A recorder of a definition, such as `checkout.orders`, or the names of the metric.
   * @param labels Returns only records that have these labels, whatever else they have. Labels are compared as text, as
   *   CloudWatch does.
   * @throws TypeError if there is no such metric or label.
   */
  records<Metric extends AnyRecorder | MetricName>(
    metric: Metric & NothingElse<Metric>,
    ...labels: FilterFor<Metric>
  ): RecordOf<Metric>[]

  /**
   * Returns the sum of the values of a metric. 0 if there are no records.
   *
   * The sum over some of the labels is what CloudWatch has for a roll-up to them.
   *
   * @param metric A recorder of a definition, such as `checkout.orders`, or the names of the metric.
   * @param labels Counts only records that have these labels, whatever else they have.
   * @throws TypeError if there is no such metric or label.
   */
  sum<Metric extends AnyRecorder | (MetricName & { readonly name: string })>(
    metric: Metric & NothingElse<Metric>,
    ...labels: FilterFor<Metric>
  ): number

  /** Returns all records that were dropped, in the order in which they were made. A recorder does not throw. */
  dropped(): DroppedRecord[]
  /**
   * Returns the records of a metric, or of all metrics of a namespace, that were dropped.
   *
   * @param metric A recorder of a definition, or the names of the metric.
   * @throws TypeError if there is no such metric.
   */
  dropped(metric: AnyRecorder | MetricName): DroppedRecord[]

  /**
   * Calls the callbacks that gauges observe, once. During a capture, nothing else calls them. A promise that settles after
   * {@link MetricsCapture.stop} gives no sample, neither here nor to a later capture.
   *
   * @returns A promise that resolves when the values are recorded.
   */
  observe(): Promise<void>

  /** Forgets the records, also those that were dropped. */
  clear(): void

  /**
   * Ends the capture. Metrics are then what they were before. The records can still be read.
   *
   * Where the runtime has `Symbol.dispose`, `using` does the same at the end of the block.
   */
  stop(): void
}

/** Labels without those that are missing. */
export type CapturedLabels<Labels> = { readonly [K in keyof Labels]: NonNullable<Labels[K]> }

/**
 * Keeps every record of this thread in memory from now on, in place of sending it.
 *
 * It works whether metrics are on or off, and needs neither credentials nor the native binary. Records of recorders and timers
 * that were made before are captured too. Other threads, other processes and other `vm` contexts are not: call it there.
 *
 * Until {@link MetricsCapture.stop}, `flushMetrics` resolves at once and sends nothing, and `metricsStats` has the state
 * `'off'`: its counters are those of records that are not captured.
 *
 * @throws Error if a capture of this thread is not stopped. Its `cause` is where that began.
 *
 * @example
 * ```ts
 * const capture = captureMetrics()
 * checkOut(cart)
 * assert.equal(capture.sum(checkout.orders, { plan: 'pro' }), 1)
 * capture.stop()
 * ```
 */
export declare function captureMetrics(): MetricsCapture
