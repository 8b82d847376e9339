// Compiled, never run: what tests of the package's users see of their records.

import {
  counter,
  defineMetrics,
  distribution,
  gauge,
  type LabelValue,
  type Unit,
} from '@sim/hkm-native'
import { type CapturedRecord, captureMetrics, type MetricsCapture } from '@sim/hkm-native/testing'

const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({
      dimensions: { region: {}, status: ['paid', 'failed'], tool: { optional: true } },
    }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    sizes: distribution({ unit: 'Bytes' }),
    depth: gauge(),
  },
})

const capture: MetricsCapture = captureMetrics()
export const all: CapturedRecord[] = capture.records()
export const used: CapturedRecord[] = capture.records('Used')
export const values: number[] = capture.records(shop.latency).map(({ value }) => value)
for (const { labels } of capture.records(shop.orders)) {
  const region: LabelValue = labels.region
  const status: 'paid' | 'failed' = labels.status
  const tool: LabelValue | undefined = labels.tool
  all.push({
    namespace: '',
    name: `${region} ${status} ${tool}`,
    unit: 'None',
    value: 1,
    labels: {},
  })
}
export const units: Unit[] = capture.records(shop.depth).map(({ unit }) => unit)
export const region: LabelValue | undefined = used[0]?.labels.region
export const sums: number[] = [
  capture.sum(shop.orders),
  capture.sum(shop.orders, { status: 'paid' }),
  capture.sum(shop.orders, { region: 'eu', tool: 'chat' }),
  capture.sum(shop.latency, { region: 'eu' }),
  capture.sum(shop.sizes),
  capture.sum('Used'),
  capture.sum('Used', { provider: 'openai' }),
]
capture.clear()
capture.stop()
{
  using scoped = captureMetrics()
  scoped.clear()
}

// @ts-expect-error a label that the metric does not have
capture.sum(shop.latency, { plan: 'pro' })
// @ts-expect-error a value that is not of the set
capture.sum(shop.orders, { status: 'open' })
// @ts-expect-error no metric
capture.sum()
// @ts-expect-error a definition in place of a recorder
capture.records(counter())
// @ts-expect-error an object in place of a recorder
capture.records({})
// @ts-expect-error a label that the metric does not have
capture.records(shop.latency)[0]?.labels.plan
// @ts-expect-error a function that does not exist
capture.reset()
