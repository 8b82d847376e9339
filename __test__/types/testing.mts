// The types of `@sim/hkm-native/testing`.

import { counter, defineMetrics, distribution, gauge, hostedKeyMetrics } from '@sim/hkm-native'
import { captureMetrics, type MetricsCapture } from '@sim/hkm-native/testing'

const shop = defineMetrics({
  namespace: 'Shop',
  metrics: {
    orders: counter({
      dimensions: { region: 'AwsRegion', plan: ['free', 'pro'], tool: { optional: true } },
    }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    size: distribution({ unit: 'Bytes' }),
    queueDepth: gauge(),
  },
})

const capture: MetricsCapture = captureMetrics()

const [order] = capture.records(shop.orders)
if (order) {
  const plan: 'free' | 'pro' = order.labels.plan
  const region: string | number | boolean = order.labels.region
  const tool: string | number | boolean | undefined = order.labels.tool
  const value: number = order.value
  void [plan, region, tool, value, order.namespace, order.name, order.unit]
  // @ts-expect-error: there is no such label.
  order.labels.other
}
capture.records(shop.orders, { plan: 'pro', region: 'eu' })
capture.records(shop.orders, { tool: null })
const latencies: number[] = capture
  .records(shop.latency, { region: 'eu' })
  .map(({ value }) => value)
const labels: (string | number | boolean | undefined)[] = capture
  .records()
  .map(({ labels }) => labels.any)
const sums: number[] = [
  capture.sum(shop.orders),
  capture.sum(shop.orders, { plan: 'free' }),
  capture.sum(shop.size),
  capture.sum(shop.queueDepth),
  capture.sum({ namespace: 'Sim/HostedKey', name: 'Used' }, { provider: 'openai' }),
]
capture.records({ namespace: 'Sim/HostedKey' })
for (const { reason, value } of capture.dropped()) void [reason === 'invalidValue', value]
capture.dropped(shop.latency)
capture.dropped({ namespace: 'Shop', name: 'Orders' })
const observed: Promise<void> = capture.observe()
capture.clear()
capture.stop()
{
  using scoped = captureMetrics()
  scoped.clear()
}
void [latencies, labels, sums, observed]

// @ts-expect-error: no value of the set.
capture.sum(shop.orders, { plan: 'basic' })
// The error is at the label, and not at the metric.
capture.sum(
  shop.orders,
  // @ts-expect-error: no label of the metric.
  { regoin: 'eu' }
)
capture.records(
  shop.orders,
  // @ts-expect-error: no label of the metric.
  { regoin: 'eu' }
)
// @ts-expect-error: no property of a name.
capture.records({ namespace: 'Shop', nam: 'Orders' })
// @ts-expect-error: the metric has no labels.
capture.records(shop.queueDepth, { region: 'eu' })
// @ts-expect-error: a sum is of one metric.
capture.sum()
// @ts-expect-error: a sum is of one metric.
capture.sum({ namespace: 'Sim/HostedKey' })
// @ts-expect-error: no metric of the definition.
capture.records(shop.ordres)
// @ts-expect-error: a name alone is not enough.
capture.records('Used')
// @ts-expect-error: a definition is no metric.
capture.records(shop)
// @ts-expect-error: the facade is no metric.
capture.records(hostedKeyMetrics)
// @ts-expect-error: a bound recorder is no metric.
capture.records(shop.latency.with({ region: 'eu' }))
// @ts-expect-error: no such reason.
capture.dropped()[0]?.reason === 'tooOld'
