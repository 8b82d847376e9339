import { afterEach, beforeEach, expect, test } from 'bun:test'
import { captureMetrics } from '@sim/hkm-native/testing'
import { checkout, close, order, watchQueue } from '../checkout.js'

let capture
beforeEach(() => {
  capture = captureMetrics()
})
afterEach(() => capture.stop())

test('an order is counted, and nothing else', async () => {
  await order({ region: 'eu', plan: 'pro' })
  await order({ region: 'us', plan: 'pro' })

  expect(capture.sum(checkout.orders)).toBe(2)
  expect(capture.sum(checkout.orders, { region: 'eu' })).toBe(1)
  expect(capture.records()).toHaveLength(4)
  expect(capture.records(checkout.orders)[0]).toEqual({
    namespace: 'Shop/Checkout',
    name: 'Orders',
    unit: 'Count',
    value: 1,
    labels: { region: 'eu', plan: 'pro' },
  })
  const latencies = capture.records(checkout.latency, { region: 'eu' }).map(({ value }) => value)
  expect(latencies).toEqual([expect.any(Number)])
})

test('an order whose plan cannot be recorded is noticed', async () => {
  await order({ region: 'eu', plan: ['pro'] })

  expect(capture.dropped()).toMatchObject([{ name: 'Orders', reason: 'invalidLabel' }])
})

test('the queue is measured', async () => {
  const end = watchQueue()
  const orders = [order({ region: 'eu', plan: 'pro' }), order({ region: 'eu', plan: 'free' })]
  await capture.observe()
  await Promise.all(orders)
  await capture.observe()
  end()

  expect(capture.records(checkout.queueDepth).map(({ value }) => value)).toEqual([2, 0])
})

test('closing sends nothing', async () => {
  await order({ region: 'eu', plan: 'pro' })

  expect(await close()).toBe(true)
})
