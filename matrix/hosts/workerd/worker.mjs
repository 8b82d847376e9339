// A worker that shares a module with code that runs on Node: it defines metrics, records and flushes in each request.

import { counter, defineMetrics, distribution, flushMetrics, metricsStats } from '@sim/hkm-native'

const shop = defineMetrics({
  namespace: 'Shop/Edge',
  metrics: {
    orders: counter({ dimensions: ['region'] }),
    wait: distribution({ unit: 'Milliseconds' }),
  },
})

export default {
  async fetch() {
    const stop = shop.wait.startTimer()
    shop.orders.add(1, { region: 'eu' })
    shop.wait.record(12)
    stop()
    const { state, recorded } = metricsStats()
    return Response.json({ state, recorded, flush: await flushMetrics() })
  },
}
