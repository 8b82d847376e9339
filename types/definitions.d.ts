import type { DimensionKey, DimensionLabels, Dimensions, Exact } from './labels.js'
import type { MetricsOptions } from './options.js'
import type { Counter, Distribution, DurationDistribution, Gauge } from './recorders.js'
import type { DroppedRecords } from './stats.js'
import type { TimeUnit, Unit } from './units.js'

declare const recorder: unique symbol

/** A metric as {@link counter}, {@link distribution} and {@link gauge} define it, for {@link defineMetrics}. */
export interface MetricDefinition<out Recorder = unknown> {
  /** For the compiler alone. */
  readonly [recorder]: Recorder
}

/** The options of every kind of metric. */
export interface MetricOptions<D extends Dimensions> {
  /**
   * The name of the metric in CloudWatch: 1 to 255 printable ASCII characters, not blank.
   *
   * @default the key of the metric in PascalCase: `queueDepth` gives `QueueDepth`
   */
  name?: string | undefined
  /** The dimensions of the metric, and with them its labels. See {@link Dimensions}. */
  dimensions?: Dimensions & D & Exact<D>
  /**
   * Sets of dimensions under which each record is stored as well, exactly, because CloudWatch does not add up over
   * dimensions. `[['region'], []]` stores each record by region, and in total.
   *
   * Each set has some of the dimensions, not all. A metric has at most 30 sets, recommended ones included. CloudWatch bills
   * each series of a roll-up as a metric.
   */
  rollups?: readonly (readonly NoInfer<DimensionKey<D>>[])[] | undefined
  /** Further roll-ups, stored only if the option `rollups` of {@link MetricsOptions} is on. */
  recommendedRollups?: readonly (readonly NoInfer<DimensionKey<D>>[])[] | undefined
  /** A description for dashboards and people. It is not sent. */
  description?: string | undefined
}

/** The options of {@link counter}. */
export interface CounterOptions<D extends Dimensions> extends MetricOptions<D> {
  /**
   * The unit of the amounts.
   *
   * @default 'Count'
   */
  unit?: Unit | undefined
}

/** The options of {@link distribution}. */
export interface DistributionOptions<D extends Dimensions> extends MetricOptions<D> {
  /**
   * The unit of the values. In Seconds, Milliseconds and Microseconds, the distribution has a timer.
   *
   * @default 'None'
   */
  unit?: Unit | undefined
}

/** The options of {@link distribution} in a unit of time. */
export interface DurationOptions<D extends Dimensions> extends MetricOptions<D> {
  /** The unit of the values. The distribution has a timer, which measures in this unit. */
  unit: TimeUnit
}

/** The options of {@link gauge}. */
export interface GaugeOptions<D extends Dimensions> extends MetricOptions<D> {
  /**
   * The unit of the values.
   *
   * @default 'None'
   */
  unit?: Unit | undefined
}

/** Defines a metric that counts events or amounts. See {@link Counter}. */
export declare function counter<const D extends Dimensions = readonly []>(
  options?: CounterOptions<D>
): MetricDefinition<Counter<DimensionLabels<D>>>

/**
 * Defines a metric of durations: a distribution in a unit of time, with a timer. The type of `unit` has to be a {@link TimeUnit}.
 * See {@link DurationDistribution}.
 */
export declare function distribution<const D extends Dimensions = readonly []>(
  options: DurationOptions<D>
): MetricDefinition<DurationDistribution<DimensionLabels<D>>>
/** Defines a metric of values whose distribution matters, such as sizes and durations. See {@link Distribution}. */
export declare function distribution<const D extends Dimensions = readonly []>(
  options?: DistributionOptions<D>
): MetricDefinition<Distribution<DimensionLabels<D>>>

/** Defines a metric of the state of something, such as the length of a queue. See {@link Gauge}. */
export declare function gauge<const D extends Dimensions = readonly []>(
  options?: GaugeOptions<D>
): MetricDefinition<Gauge<DimensionLabels<D>>>

/** The metrics of a namespace. See {@link defineMetrics}. */
export interface MetricsDefinition<M> {
  /**
   * The namespace in CloudWatch: 1 to 255 letters, digits, blanks and characters of `.-_/#:`. Not blank, without a leading
   * colon, and not one of AWS's own, which begin with `AWS/`.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
   */
  namespace: string
  /** The metrics by their keys, at least one. */
  metrics: M
  /**
   * Whether `Environment` is the first dimension of each metric. Its value is the option `environment` of
   * {@link MetricsOptions}.
   *
   * @default true
   */
  environment?: boolean | undefined
  /**
   * Dimensions of each metric, after `Environment`, in the order of their names: names in CloudWatch, of 1 to 255 printable
   * ASCII characters, with values of 1 to 1,024.
   */
  defaultDimensions?: Readonly<Record<string, string>> | undefined
  /**
   * How many seconds CloudWatch stores together: 60, or 1 for high resolution.
   *
   * @default the option `storageResolution` of the process
   */
  storageResolution?: 60 | 1 | undefined
  /**
   * How many series each metric may have, roll-ups included. A whole number from 1 to 10,000,000. Records of further
   * series count in one more series, which has `_overflow` as the value of each label, and still in each of its roll-ups.
   * The option of the process applies as well.
   *
   * What is not counted is the same as for the option `maxSeries` of {@link MetricsOptions}.
   *
   * @default no limit but the option `maxSeries` of the process
   */
  maxSeries?: number | undefined
}

/**
 * Defines the metrics of a namespace, and returns a recorder for each.
 *
 * The call starts nothing and reads no environment variable. It works at the top level of a module, in worker threads and
 * before {@link configureMetrics}.
 *
 * The same definition again, as after a hot reload or in two copies of the package, returns recorders of the same metrics.
 * The order of roll-ups and of default dimensions, descriptions and the values of dimensions make no difference. Whether a
 * dimension is optional makes one only if all others are optional, because labels may then be left out.
 *
 * A process has at most 10,000 metrics. 20 of them are kept for `hostedKeyMetrics` and `workflowMetrics`. Threads do not know of
 * each other's metrics. If they have more together, a warning says so, and records of further metrics are dropped and counted
 * in `unresolved` of {@link DroppedRecords}.
 *
 * @example
 * ```ts
 * export const shop = defineMetrics({
 *   namespace: 'Shop/Checkout',
 *   metrics: {
 *     orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
 *     latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
 *     queueDepth: gauge({ unit: 'Count' }),
 *   },
 * })
 *
 * shop.orders.add(1, { region: 'eu', plan: 'pro' })
 * shop.latency.record(12.5, { region: 'eu' })
 * shop.queueDepth.set(7)
 * ```
 *
 * @example With the compiler option `isolatedDeclarations`, an exported constant needs its type. It is checked against the
 * definition.
 * ```ts
 * interface ShopMetrics {
 *   orders: Counter<{ region: LabelValue; plan: LabelValue }>
 *   latency: DurationDistribution<{ region: LabelValue }>
 *   queueDepth: Gauge
 * }
 * export const shop: ShopMetrics = defineMetrics({ … })
 * ```
 *
 * @throws {TypeError} If CloudWatch would refuse the definition, if it has an unknown property, if something in it is neither
 * a plain object nor an array, such as a `Map`, or if this thread has defined a metric of the same namespace and name
 * differently. The message says where and why.
 * @throws {RangeError} If this thread defines more metrics than a process can have.
 */
export declare function defineMetrics<M extends Readonly<Record<string, MetricDefinition>>>(
  definition: MetricsDefinition<M>
): { readonly [K in keyof M]: M[K] extends MetricDefinition<infer Recorder> ? Recorder : never }
