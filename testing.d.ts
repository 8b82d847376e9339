/**
 * What tests need to see what would be sent. Nothing here uses AWS, a thread or the network.
 *
 * @packageDocumentation
 */

import type { LabelValue } from './types/labels.js'
import type { Recorder } from './types/recorders.js'
import type { MaybeDisposable } from './types/timers.js'
import type { Unit } from './types/units.js'

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
  /** The labels by their keys, as they were given, without those that are `null` or `undefined`. */
  readonly labels: Labels
}

/** The records since {@link captureMetrics} or the last {@link MetricsCapture.clear}. */
export interface MetricsCapture extends MaybeDisposable {
  /**
   * Returns the records of a metric, in the order in which they were made.
   *
   * @param metric A recorder of a definition.
   */
  records<Labels>(metric: Recorder<Labels>): CapturedRecord<Captured<Labels>>[]
  /**
   * Returns the records of all metrics, or of those with a name, in the order in which they were made.
   *
   * @param metric The name in CloudWatch, such as `Used`, for metrics without a recorder of their own.
   */
  records(metric?: string): CapturedRecord[]
  /**
   * Returns the sum of the values of a metric. 0 if there are none.
   *
   * @param metric A recorder of a definition.
   * @param labels Counts only records that have these labels, whatever else they have.
   */
  sum<Labels>(metric: Recorder<Labels>, labels?: Partial<Labels>): number
  /**
   * Returns the sum of the values of the metrics with a name. 0 if there are none.
   *
   * @param metric The name in CloudWatch, such as `Used`, for metrics without a recorder of their own.
   * @param labels Counts only records that have these labels, whatever else they have.
   */
  sum(metric: string, labels?: Readonly<Record<string, LabelValue>>): number
  /** Forgets the records. */
  clear(): void
  /** Ends the capture. Records are then treated as before it. `using` does the same at the end of the block. */
  stop(): void
}

/** Labels without those that are missing. */
type Captured<Labels> = { readonly [K in keyof Labels]: NonNullable<Labels[K]> }

/**
 * Captures every record of the process from now on, in place of sending it.
 *
 * @example
 * ```ts
 * const capture = captureMetrics()
 * checkOut(cart)
 * assert.equal(capture.sum(shop.orders, { plan: 'pro' }), 1)
 * capture.stop()
 * ```
 */
export declare function captureMetrics(): MetricsCapture
