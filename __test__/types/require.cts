// Compiled, never run: the package required from CommonJS that is written in TypeScript.

import hkm = require('@sim/hkm-native')
import testing = require('@sim/hkm-native/testing')

hkm.hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
hkm.configureHostedKeyMetrics({ logger: console })
export const flushed: Promise<void> = hkm.flushHostedKeyMetrics()
export const reason: hkm.FailureReason = 'auth'
export const shop = hkm.defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: { orders: hkm.counter({ dimensions: ['region'] }) },
})
shop.orders.add(1, { region: 'eu' })
export const orders: hkm.Counter<{ region: hkm.LabelValue }> = shop.orders
export const sum: number = testing.captureMetrics().sum(shop.orders)
// @ts-expect-error a forgotten label
shop.orders.add(1)
// @ts-expect-error a misspelt label
hkm.hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error an export that does not exist
hkm.flush()
