// Compiled, never run: functions around recorders of any labels.

import {
  type Counter,
  counter,
  type DurationDistribution,
  defineMetrics,
  distribution,
  type Gauge,
  gauge,
  type LabelArguments,
  type LabelsOf,
  type LabelValue,
} from '@sim/hkm-native'

const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    plain: counter(),
    orders: counter({ dimensions: ['region'] }),
    checks: counter({ dimensions: { status: ['success', 'failed'], tool: { optional: true } } }),
    tools: counter({ dimensions: { tool: { optional: true } } }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region', 'plan'] }),
    pauses: distribution({ unit: 'Seconds' }),
    load: gauge({ dimensions: ['host'] }),
  },
})

export function count<Labels>(metric: Counter<Labels>, ...labels: LabelArguments<Labels>): void {
  metric.add(1, ...labels)
  metric.with(...labels).add(1)
}

export async function timed<Labels, Result>(
  metric: DurationDistribution<Labels>,
  work: () => Promise<Result>,
  ...labels: LabelArguments<Labels>
): Promise<Result> {
  const stop = metric.startTimer(...labels)
  try {
    return await work()
  } finally {
    stop()
  }
}

export function watch<Labels>(
  metric: Gauge<Labels>,
  size: () => number,
  ...labels: LabelArguments<Labels>
): () => void {
  metric.set(size(), ...labels)
  return metric.observe(size, ...labels)
}

count(shop.plain)
count(shop.orders, { region: 'eu' })
count(shop.checks, { status: 'failed' })
count(shop.checks, { status: 'success', tool: null })
count(shop.tools)
count(shop.tools, { tool: 'chat' })
export const result: Promise<number> = timed(shop.latency, async () => 1, {
  region: 'eu',
  plan: 'pro',
})
timed(shop.pauses, async () => 'done')
watch(shop.load, () => 1, { host: 'a' })()

/** A metric whose labels another part of the program adds. */
export function regional<Labels extends { region: LabelValue }>(
  metric: Counter<Labels>,
  labels: (region: string) => LabelArguments<Labels>
): void {
  metric.add(1, ...labels('eu'))
}
regional(shop.orders, (region) => [{ region }])

export type Orders = LabelArguments<LabelsOf<typeof shop.orders>>
export const orders: Orders = [{ region: 'eu' }]

// @ts-expect-error no labels
count(shop.orders)
// @ts-expect-error a misspelt label
count(shop.orders, { regoin: 'eu' })
// @ts-expect-error labels of a metric that has none
count(shop.plain, { region: 'eu' })
// @ts-expect-error a value that is not of the set
count(shop.checks, { status: 'late' })
// @ts-expect-error the plan is missing
timed(shop.latency, async () => 1, { region: 'eu' })
// @ts-expect-error no labels
watch(shop.load, () => 1)
