// Captures where functions cannot be made from text, and sends what was captured.

import { counter, defineMetrics } from '../../index.js'
import { captureMetrics } from '../../testing.js'

const { orders, many } = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'] }),
    many: counter({ dimensions: ['a', 'b', 'c', 'd', 'e'] }),
  },
})
const capture = captureMetrics()
orders.add(2, { region: 'eu', plan: 'pro' })
orders.add(-1, { region: 'eu', plan: 'pro' })
orders.add(1, { region: {}, plan: 'pro' })
many.add(1, { a: 1, b: 2, c: 3, d: 4, e: 5 })
let isForbidden = false
try {
  new Function('')
} catch {
  isForbidden = true
}
const told = { isForbidden, records: capture.records(), dropped: capture.dropped() }
process.send(told, () => process.disconnect())
