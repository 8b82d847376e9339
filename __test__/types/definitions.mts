// Compiled, never run: definitions, and the types that follow from them.

import {
  type BoundCounter,
  type BoundDistribution,
  type BoundDurationDistribution,
  type BoundGauge,
  type Counter,
  counter,
  type Dimensions,
  type Distribution,
  type DurationDistribution,
  defineMetrics,
  distribution,
  type Gauge,
  gauge,
  type LabelsOf,
  type LabelValue,
  type MetricDefinition,
  type Recorder,
  type TimeUnit,
  type Unit,
} from '@sim/hkm-native'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(...equal: Same<A, B> extends true ? [] : [never]): void
same<'a', 'a'>()
// @ts-expect-error the check itself
same<{ a: string }, { a?: string }>()

declare const text: string
declare const flag: boolean
declare const absent: null | undefined
declare const unit: Unit
declare const keys: string[]

// Every option, and every form of a dimension.
export const service = defineMetrics({
  namespace: 'Shop/Checkout',
  environment: false,
  defaultDimensions: { Service: 'shop', Stage: text },
  storageResolution: 1,
  maxSeries: 1_000,
  metrics: {
    plain: counter(),
    listed: counter({ dimensions: ['region', 'plan'], rollups: [['region'], ['plan'], []] }),
    renamed: counter({ name: 'Other', dimensions: { region: 'AwsRegion' }, unit: 'Bytes' }),
    checks: counter({
      dimensions: {
        region: 'AwsRegion',
        status: ['success', 'failed'],
        tool: { optional: true },
        kind: { name: 'CheckKind', values: ['fast', 'slow'], optional: true },
        key: { name: 'Key', redact: true },
        plan: {},
      },
      rollups: [['status'], ['region', 'tool'], []],
      recommendedRollups: [['kind', 'key']],
      description: 'Checks that were made',
    }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    sizes: distribution({ unit: 'Bytes', dimensions: { tool: { optional: true } } }),
    prices: distribution(),
    waits: distribution({
      unit: 'Seconds',
      dimensions: { region: {}, tool: { optional: true }, status: ['ok', 'late'] },
    }),
    pauses: distribution({ unit: 'Microseconds' }),
    depth: gauge({ unit: 'Count' }),
    load: gauge({ unit: 'Percent', dimensions: ['host'], rollups: [[]] }),
  },
})

type Optional<Value = LabelValue> = Value | null | undefined
same<typeof service.plain, Counter>()
same<typeof service.listed, Counter<{ region: LabelValue; plan: LabelValue }>>()
same<typeof service.renamed, Counter<{ region: LabelValue }>>()
same<
  LabelsOf<typeof service.checks>,
  {
    region: LabelValue
    status: 'success' | 'failed'
    key: LabelValue
    plan: LabelValue
    tool?: Optional
    kind?: Optional<'fast' | 'slow'>
  }
>()
same<typeof service.latency, DurationDistribution<{ region: LabelValue }>>()
same<typeof service.sizes, Distribution<{ tool?: Optional }>>()
same<typeof service.prices, Distribution>()
same<typeof service.pauses, DurationDistribution>()
same<typeof service.depth, Gauge>()
same<typeof service.load, Gauge<{ host: LabelValue }>>()
same<
  LabelsOf<typeof service.waits>,
  { region: LabelValue; status: 'ok' | 'late'; tool?: Optional }
>()

// Values first, labels last. A label is a text, a number or a boolean.
service.plain.add(1)
service.listed.add(1, { region: 'eu', plan: 'pro' })
service.listed.add(0.5, { region: 1, plan: flag })
service.checks.add(1, { region: text, status: 'success', key: text, plan: 2 })
service.checks.add(1, {
  region: text,
  status: flag ? 'success' : 'failed',
  key: text,
  plan: 'pro',
  tool: absent,
  kind: 'slow',
})
service.sizes.record(1)
service.sizes.record(1, {})
service.sizes.record(1, { tool: undefined })
service.sizes.record(1, undefined)
service.load.set(0.5, { host: 'a' })

// A variable may hold more than the labels of the metric.
const order = { region: 'eu', plan: 'pro', total: 12 }
service.listed.add(1, order)
service.latency.record(1, { ...order, region: 'us' })

// Bound to labels.
same<ReturnType<typeof service.listed.with>, BoundCounter>()
service.listed.with({ region: 'eu', plan: 'pro' }).add(1)
service.plain.with().add(1)
export const bound: [BoundDistribution, BoundDurationDistribution, BoundGauge] = [
  service.sizes.with(),
  service.latency.with(order),
  service.load.with({ host: 'a' }),
]
bound[0].record(1)
bound[1].record(1)
bound[1].startTimer()()
bound[2].set(1)
bound[2].observe(() => 1)()
export const anyOf: BoundCounter[] = [service.plain, service.listed.with(order)]

// Observed, by a value or a promise of it.
export const ends: (() => void)[] = [
  service.depth.observe(() => keys.length),
  service.depth.observe(async () => keys.length),
  service.load.observe(() => 1, { host: 'a' }),
]

// Definitions from elsewhere: a metric by itself, metrics under names that are computed, units and dimensions that
// the compiler does not know.
const retries = counter({ dimensions: ['region'] })
same<typeof retries, MetricDefinition<Counter<{ region: LabelValue }>>>()
const metrics = { retries, losses: counter({ unit }) }
const split = defineMetrics({ namespace: text, metrics })
split.retries.add(1, { region: 'eu' })
split.losses.add(1)
const computed = defineMetrics({
  namespace: text,
  metrics: Object.fromEntries(keys.map((key) => [key, counter()])),
})
computed.anything?.add(1)
const unknown = defineMetrics({
  namespace: text,
  metrics: {
    wide: distribution({ unit, dimensions: keys }),
    timed: distribution({ unit: flag ? 'Seconds' : 'Milliseconds' }),
  },
})
unknown.wide.record(1, { whatever: 'x' })
unknown.timed.startTimer()()

// A list of any texts: labels are required, of any keys.
const LIST = ['region', 'plan']
const listed = defineMetrics({
  namespace: text,
  metrics: {
    orders: counter({ dimensions: LIST }),
    latency: distribution({ unit: 'Seconds', dimensions: LIST }),
    checks: counter({ dimensions: {} as { [key: string]: { optional: true } } }),
  },
})
same<typeof listed.orders, Counter<{ [x: string]: LabelValue }>>()
listed.orders.add(1, { region: 'eu', plan: 'pro' })
listed.checks.add(1)
listed.latency.startTimer({ region: 'eu', plan: 'pro' })()
listed.latency.startTimer({ region: 'eu' })({ plan: 'pro' })
listed.latency.startTimer()({ region: 'eu', plan: 'pro' })

// A timer only if the unit is one of time for certain.
declare const maybe: 'Seconds' | undefined
same<typeof unknown.wide, Distribution<{ [x: string]: LabelValue }>>()
const duration = (unit?: 'Seconds' | 'Milliseconds') => distribution({ unit, dimensions: ['a'] })
same<ReturnType<typeof duration>, MetricDefinition<Distribution<{ a: LabelValue }>>>()
const uncertain = defineMetrics({
  namespace: text,
  metrics: {
    perhaps: distribution({ unit: maybe }),
    never: distribution({ unit: undefined }),
    either: distribution({ unit: flag ? 'Seconds' : 'Bytes' }),
  },
})
same<typeof uncertain.perhaps, Distribution>()
same<typeof uncertain.never, Distribution>()
same<typeof uncertain.either, Distribution>()
export const timed = <U extends TimeUnit>(unit: U): MetricDefinition<DurationDistribution> =>
  distribution({ unit })
const REGION = { dimensions: ['region'], rollups: [[]] } as const
same<
  ReturnType<typeof counter<readonly ['region']>>,
  MetricDefinition<Counter<{ region: LabelValue }>>
>()
export const shared: MetricDefinition<Counter<{ region: LabelValue }>> = counter(REGION)
export const dimensions: Dimensions[] = [['region'], { region: 'AwsRegion', status: ['ok'] }]

// All 27 units of CloudWatch, of which 3 are of time.
const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'] as const
const BITS = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'] as const
type Amount = (typeof SIZES)[number] | (typeof BITS)[number] | 'Count'
same<TimeUnit, 'Seconds' | 'Milliseconds' | 'Microseconds'>()
same<Unit, TimeUnit | Amount | `${Amount}/Second` | 'Percent' | 'None'>()

// Functions around recorders.
type Orders = LabelsOf<typeof service.listed>
export function paid(labels: Orders, recorder: Counter<Orders> = service.listed): void {
  recorder.add(1, labels)
}
paid(order)
export const recorders: Recorder<{ region: LabelValue }>[] = [service.renamed, service.latency]

// What a test may put in place of a recorder.
export const fake: typeof service.latency = {
  record: (value, { region }) => keys.push(`${value} ${region}`),
  startTimer: () => Object.assign(() => 1, { [Symbol.dispose]() {} }),
  with: () => service.latency.with({ region: 'eu' }),
}
