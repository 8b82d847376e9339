// Compiled, never run: imports that the compiler turns into `require`.

import * as hkm from '@sim/hkm-native'
import { counter, defineMetrics, type FailureReason, hostedKeyMetrics } from '@sim/hkm-native'
import { captureMetrics } from '@sim/hkm-native/testing'

declare const reason: FailureReason
hostedKeyMetrics.recordFailed({ provider: 'openai', tool: 'chat', key: 'K', reason })
export const flushed: Promise<void> = hkm.flushHostedKeyMetrics()
export const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: { orders: counter({ dimensions: ['region'] }), visits: hkm.counter() },
})
shop.orders.add(1, { region: 'eu' })
shop.visits.add(1)
export const sum: number = captureMetrics().sum(shop.orders, { region: 'eu' })
// @ts-expect-error a misspelt label of a definition
shop.orders.add(1, { regoin: 'eu' })
// @ts-expect-error a misspelt label
hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error no value
hkm.hostedKeyMetrics.recordQueueWait({ provider: 'exa', reason: 'dimension' })
