// Code under test, which records.

import { setTimeout } from 'node:timers/promises'
import { counter, defineMetrics, distribution, flushMetrics, gauge } from '@sim/hkm-native'

export const checkout = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    queueDepth: gauge({ unit: 'Count' }),
  },
})

const queue = new Set()

/** Measures the queue from now on. Returns a function that ends this. */
export function watchQueue() {
  return checkout.queueDepth.observe(() => queue.size)
}

/** Takes an order. */
export async function order({ region, plan }) {
  const stop = checkout.latency.startTimer({ region })
  const job = setTimeout(1)
  queue.add(job)
  await job
  queue.delete(job)
  checkout.orders.add(1, { region, plan })
  stop()
}

/** Sends what was recorded, before the host freezes the process. */
export async function close() {
  const { delivered } = await flushMetrics()
  return delivered
}
