import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureMetrics } from '@sim/hkm-native/testing'
import { checkout, close, order, watchQueue } from '../checkout.js'

/** Captures until the test ends. Hooks of a file would also run for other files with `--test-isolation=none`. */
function captureFor(t) {
  const capture = captureMetrics()
  t.after(() => capture.stop())
  return capture
}

test('an order is counted, and nothing else', async (t) => {
  const capture = captureFor(t)
  await order({ region: 'eu', plan: 'pro' })
  await order({ region: 'us', plan: 'pro' })

  assert.equal(capture.sum(checkout.orders), 2)
  assert.equal(capture.sum(checkout.orders, { region: 'eu' }), 1)
  assert.equal(capture.records().length, 4)
  assert.deepEqual(capture.records(checkout.orders)[0], {
    namespace: 'Shop/Checkout',
    name: 'Orders',
    unit: 'Count',
    value: 1,
    labels: { region: 'eu', plan: 'pro' },
  })
  const latencies = capture.records(checkout.latency, { region: 'eu' }).map(({ value }) => value)
  assert.equal(latencies.length, 1)
  assert.ok(latencies[0] > 0)
})

test('an order whose plan cannot be recorded is noticed', async (t) => {
  const capture = captureFor(t)
  await order({ region: 'eu', plan: ['pro'] })

  const dropped = capture.dropped().map(({ name, reason }) => ({ name, reason }))
  assert.deepEqual(dropped, [{ name: 'Orders', reason: 'invalidLabel' }])
})

test('the queue is measured', async (t) => {
  const capture = captureFor(t)
  const end = watchQueue()
  const orders = [order({ region: 'eu', plan: 'pro' }), order({ region: 'eu', plan: 'free' })]
  await capture.observe()
  await Promise.all(orders)
  await capture.observe()
  end()

  const depths = capture.records(checkout.queueDepth).map(({ value }) => value)
  assert.deepEqual(depths, [2, 0])
})

test('closing sends nothing', async (t) => {
  const capture = captureFor(t)
  await order({ region: 'eu', plan: 'pro' })

  assert.equal(await close(), true)
  assert.equal(capture.sum(checkout.orders), 1)
})
