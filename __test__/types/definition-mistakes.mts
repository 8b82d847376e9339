// Compiled, never run: what must not compile of definitions and their recorders, beside timers (`timers.mts`). Each
// directive stands for one line and one mistake.

import {
  type Counter,
  counter,
  defineMetrics,
  distribution,
  type Gauge,
  gauge,
  type LabelValue,
} from '@sim/hkm-native'

const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'] }),
    checks: counter({ dimensions: { status: ['success', 'failed'], tool: { optional: true } } }),
    plain: counter(),
    sizes: distribution({ unit: 'Bytes', dimensions: { tool: { optional: true } } }),
    depth: gauge({ unit: 'Count' }),
    load: gauge({ dimensions: ['host'] }),
    unknown: distribution({ unit: 'Seconds', dimensions: [] as string[] }),
    maybe: distribution({ unit: undefined as 'Seconds' | undefined }),
  },
})
const { orders, checks, plain, sizes, depth, load, unknown, maybe } = shop

declare const text: string
declare const missing: string | undefined
declare const uncertain: { region: string; plan?: string }
declare const amount: number | undefined

// Labels.
// @ts-expect-error no labels
orders.add(1)
// @ts-expect-error plan
orders.add(1, { region: 'eu' })
// @ts-expect-error region and plan
orders.add(1, {})
// @ts-expect-error a misspelt label
orders.add(1, { region: 'eu', paln: 'pro' })
// @ts-expect-error the name of the dimension in place of its key
orders.add(1, { Region: 'eu', plan: 'pro' })
// @ts-expect-error a label that the metric does not have
orders.add(1, { region: 'eu', plan: 'pro', tool: 'chat' })
// @ts-expect-error Environment is no label
orders.add(1, { region: 'eu', plan: 'pro', environment: 'staging' })
// @ts-expect-error a label that a variable need not have
orders.add(1, uncertain)
// @ts-expect-error a required label that may be undefined
orders.add(1, { region: missing, plan: 'pro' })
// @ts-expect-error a required label that is null
orders.add(1, { region: null, plan: 'pro' })
// @ts-expect-error a label that is an object
orders.add(1, { region: { name: 'eu' }, plan: 'pro' })
// @ts-expect-error a label that is a bigint
orders.add(1, { region: 1n, plan: 'pro' })
// @ts-expect-error a label that is a symbol
orders.add(1, { region: Symbol.iterator, plan: 'pro' })
// @ts-expect-error a value that is not of the set
checks.add(1, { status: 'timeout' })
// @ts-expect-error any text in place of a value of the set
checks.add(1, { status: text })
// @ts-expect-error no value of the set
checks.add(1, { status: null })
// @ts-expect-error the optional label without the required one
checks.add(1, { tool: 'chat' })
// @ts-expect-error an optional label that is an object
sizes.record(1, { tool: {} })
// @ts-expect-error a misspelt optional label
sizes.record(1, { tol: 'chat' })
// @ts-expect-error labels of a metric that has none
plain.add(1, {})
// @ts-expect-error labels of a metric that has none
depth.set(1, { host: 'a' })
// @ts-expect-error labels of a metric that has none, bound
plain.with({ region: 'eu' })
// @ts-expect-error bound without labels
orders.with()
// @ts-expect-error no labels, of a list of any texts
unknown.record(1)
// @ts-expect-error bound without labels, of a list of any texts
unknown.with()
// @ts-expect-error no labels at the end, of a list of any texts
unknown.startTimer()()
// @ts-expect-error bound to some of the labels
orders.with({ region: 'eu' })
// @ts-expect-error bound, and labels again
orders.with({ region: 'eu', plan: 'pro' }).add(1, { region: 'eu', plan: 'pro' })
// @ts-expect-error bound twice
orders.with({ region: 'eu', plan: 'pro' }).with({ region: 'eu', plan: 'pro' })

// Values.
// @ts-expect-error no amount
orders.add({ region: 'eu', plan: 'pro' })
// @ts-expect-error the amount after the labels
orders.add({ region: 'eu', plan: 'pro' }, 1)
// @ts-expect-error no amount
plain.add()
// @ts-expect-error an amount that is text
plain.add('1')
// @ts-expect-error an amount that is a bigint
plain.add(1n)
// @ts-expect-error an amount that may be missing
plain.add(amount)
// @ts-expect-error a callback that returns no number
depth.observe(() => text)
// @ts-expect-error a callback that returns nothing
depth.observe(() => {})
// @ts-expect-error a callback whose promise is not of a number
depth.observe(async () => text)
// @ts-expect-error a number in place of a callback
depth.observe(1)
// @ts-expect-error no labels
load.observe(() => 1)
// @ts-expect-error bound, and labels again
load.with({ host: 'a' }).observe(() => 1, { host: 'a' })

// Kinds.
// @ts-expect-error a counter has no `record`
plain.record(1)
// @ts-expect-error a counter has no `inc`
plain.inc()
// @ts-expect-error a distribution has no `add`
sizes.add(1)
// @ts-expect-error a distribution of bytes has no timer
sizes.startTimer()
// @ts-expect-error a distribution that may have no unit of time has no timer
maybe.startTimer()
// @ts-expect-error a gauge has no `add`
depth.add(1)
// @ts-expect-error a counter has no timer
plain.startTimer()
// @ts-expect-error recorders are constant
shop.orders = orders

// Definitions of metrics.
// @ts-expect-error a roll-up over a dimension that is not there
counter({ dimensions: ['region'], rollups: [['plan']] })
// @ts-expect-error a roll-up over a dimension that is not there, of an object
counter({ dimensions: { region: 'AwsRegion' }, rollups: [['AwsRegion']] })
// @ts-expect-error a roll-up without dimensions
counter({ rollups: [['region']] })
// @ts-expect-error a recommended roll-up over a dimension that is not there
gauge({ dimensions: ['region'], recommendedRollups: [['region', 'plan']] })
// @ts-expect-error a list of dimensions in place of a list of lists
distribution({ dimensions: ['region'], rollups: ['region'] })
// @ts-expect-error a misspelt unit
counter({ unit: 'Millisecond' })
// @ts-expect-error a unit of somebody else
distribution({ unit: 'ms' })
// @ts-expect-error any text for a unit
gauge({ unit: text })
// @ts-expect-error a misspelt option
counter({ dimension: ['region'] })
// @ts-expect-error a name that is no text
counter({ name: 5 })
// @ts-expect-error a dimension that is no text
counter({ dimensions: [5] })
// @ts-expect-error one dimension in place of a list
counter({ dimensions: 'region' })
// @ts-expect-error a dimension that is a number
counter({ dimensions: { region: 5 } })
// @ts-expect-error a set of dimensions
counter({ dimensions: new Set(['region']) })
// @ts-expect-error a map of dimensions
counter({ dimensions: new Map([['region', 'Region']]) })
// @ts-expect-error null for dimensions
counter({ dimensions: null })
// @ts-expect-error null for roll-ups
counter({ rollups: null })
// @ts-expect-error a dimension that is true
counter({ dimensions: { region: true } })
// @ts-expect-error a misspelt option of a dimension
counter({ dimensions: { tool: { optinal: true } } })
// @ts-expect-error a misspelt option of a dimension beside others
counter({ dimensions: { tool: { name: 'Tool', redactt: true } } })
// @ts-expect-error an option of a dimension that has another type
counter({ dimensions: { tool: { optional: 'yes' } } })
// @ts-expect-error values that are no texts
counter({ dimensions: { status: [200, 404] } })
// @ts-expect-error values that are no texts
counter({ dimensions: { status: { values: [200, 404] } } })

// Definitions of a namespace.
// @ts-expect-error no namespace
defineMetrics({ metrics: {} })
// @ts-expect-error no metrics
defineMetrics({ namespace: text })
// @ts-expect-error no definition
defineMetrics()
// @ts-expect-error a misspelt option
defineMetrics({ namespace: text, metrics: {}, enviroment: false })
// @ts-expect-error the environment is an option of the process
defineMetrics({ namespace: text, metrics: {}, environment: 'staging' })
// @ts-expect-error a resolution that CloudWatch does not have
defineMetrics({ namespace: text, metrics: {}, storageResolution: 30 })
// @ts-expect-error a number that is text
defineMetrics({ namespace: text, metrics: {}, maxSeries: '100' })
// @ts-expect-error a list of default dimensions
defineMetrics({ namespace: text, metrics: {}, defaultDimensions: ['Service'] })
// @ts-expect-error a value that is no text
defineMetrics({ namespace: text, metrics: {}, defaultDimensions: { Shard: 5 } })
// @ts-expect-error a value that may be missing
defineMetrics({ namespace: text, metrics: {}, defaultDimensions: { Shard: missing } })
// @ts-expect-error a metric that is a text
defineMetrics({ namespace: text, metrics: { orders: 'Count' } })
// @ts-expect-error a metric that is an object
defineMetrics({ namespace: text, metrics: { orders: { unit: 'Count' } } })
// @ts-expect-error a metric that is not called
defineMetrics({ namespace: text, metrics: { orders: counter } })
// @ts-expect-error a recorder in place of a definition
defineMetrics({ namespace: text, metrics: { orders } })
// @ts-expect-error a metric that is not defined
defineMetrics({ namespace: text, metrics: { orders: counter() } }).order.add(1)

// Types that say something else than the definition.
// @ts-expect-error a label that the definition does not have
export const more: Counter<{ region: LabelValue; plan: LabelValue; tool: LabelValue }> = orders
// @ts-expect-error a label less than the definition
export const less: Counter<{ region: LabelValue }> = orders
// @ts-expect-error a label that is optional in the definition alone
export const required: Counter<{ status: 'success' | 'failed'; tool: LabelValue }> = checks
// @ts-expect-error another kind
export const other: Gauge = plain
