// Compiled, never run: the default of a module, which is all of the package.

import hkm from '@sim/hkm-native'
import testing from '@sim/hkm-native/testing'

hkm.hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'K' })
export const reason: hkm.FailureReason = 'auth'
export const shop = hkm.defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: { orders: hkm.counter({ dimensions: ['region'] }) },
})
shop.orders.add(1, { region: 'eu' })
export const orders: hkm.Counter<{ region: hkm.LabelValue }> = shop.orders
export const sum: number = testing.captureMetrics().sum(shop.orders)
// @ts-expect-error a misspelt label
hkm.hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error an export that does not exist
hkm.flush()
