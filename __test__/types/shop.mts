// Compiled, never run: metrics of a shop, as the documentation of definitions has them.

import { counter, defineMetrics, distribution, gauge } from '@sim/hkm-native'

declare const queue: readonly unknown[]

export const checkout = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    queueDepth: gauge({ unit: 'Count' }),
  },
})

checkout.orders.add(1, { region: 'eu', plan: 'pro' })
checkout.latency.record(12.5, { region: 'eu' })
const stop = checkout.latency.startTimer({ region: 'eu' })
stop()
checkout.queueDepth.set(7)
checkout.queueDepth.observe(() => queue.length)
const eu = checkout.orders.with({ region: 'eu', plan: 'pro' })
eu.add(1)
