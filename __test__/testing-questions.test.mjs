// What `captureMetrics()` refuses, because a test would pass or fail for a reason that it does not see.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { capturing } from '../testkit/capturing.mjs'

const REALM = new URL('../testkit/programs/realm.mjs', import.meta.url)

const OF_SHOP = { namespace: 'Shop/Checkout', name: 'Orders', unit: 'Count' }

describe('a question that no record could answer throws', () => {
  for (const [call, message] of [
    ['records(undefined)', /^records: give a metric, such as checkout\.orders, or \{ namespace/],
    ['records(shop.ordres)', /^records: give a metric/],
    ["records('Used')", /^records: give a metric/],
    ['records(shop)', /^records: give a metric/],
    ["records(shop.orders.with({ region: 'eu', plan: 'pro' }))", /^records: give a metric/],
    ["dropped({ name: 'Used' })", /^dropped: give a metric/],
    ['sum()', /^sum: give a metric/],
    ["sum({ namespace: 'Sim/Workflow' })", /^sum: Sim\/Workflow has several metrics\. Give a name/],
    [
      "sum({ namespace: 'Sim/HostedKey', name: 'Usde' })",
      /^sum: no metric "Usde" is defined in Sim\/HostedKey\. There are: Used, Failed, /,
    ],
    [
      "records({ namespace: 'Sim/HostedKeys' })",
      /^records: no metric is defined in "Sim\/HostedKeys"\. There are: .*Shop\/Checkout, .*Sim\/HostedKey/,
    ],
    [
      "sum(shop.orders, { regoin: 'eu' })",
      /^sum: Shop\/Checkout Orders has no label "regoin"\. There are: region, plan$/,
    ],
    ["sum(shop.queueDepth, { region: 'eu' })", /has no label "region"\. There are: none$/],
    [
      'records(inContext().orders)',
      /^records: Shop\/Checkout Orders belongs to another version of the package, or to another vm context$/,
    ],
    ["records(shop.orders, 'eu')", /^records: labels must be an object/],
    ['records(shop.orders, { region: {} })', /label/],
  ]) {
    test(call, async () => {
      const [name, text] = await capturing(`
        const { evaluateInContext } = await import(${JSON.stringify(REALM)})
        const inContext = () => {
          const { counter, defineMetrics } = evaluateInContext(require.resolve('../../index.js'))
          return defineMetrics({ namespace: 'Shop/Checkout', metrics: { orders: counter() } })
        }
        const capture = captureMetrics()
        try { return ['none', String(capture.${call})] } catch (error) { return [error.name, error.message] }`)
      assert.equal(name, 'TypeError')
      assert.match(text, message)
    })
  }
})

test('a second capture throws while one runs, with the place where that began as its cause', async () => {
  const result = await capturing(`
    const first = (function beginFirst() { return captureMetrics() })()
    let error
    try { captureMetrics() } catch (thrown) { error = thrown }
    shop.orders.add(1, { region: 'eu', plan: 'pro' })
    first.stop()
    const second = captureMetrics()
    // Nothing happens: it is stopped.
    first.stop()
    await first.observe()
    shop.orders.add(2, { region: 'eu', plan: 'pro' })
    return {
      message: error.message,
      cause: error.cause.stack,
      sums: [first.sum(shop.orders), second.sum(shop.orders)],
    }`)
  assert.match(result.message, /^captureMetrics: an earlier capture of this thread is not stopped/)
  assert.match(result.cause, /beginFirst/)
  assert.deepEqual(result.sums, [1, 2])
})

test('a capture ends with the block of its `using` declaration, where the runtime has that', async () => {
  const result = await capturing(
    `
    if (!Symbol.dispose) return 'none'
    const capture = captureMetrics()
    capture[Symbol.dispose]()
    captureMetrics().stop()
    return Object.keys(capture)`,
    { env: {} }
  )
  if (result !== 'none') {
    assert.deepEqual(result, ['records', 'dropped', 'sum', 'observe', 'clear', 'stop'])
  }
})

test('properties that other code added to Object.prototype change nothing', async () => {
  const result = await capturing(`
    const names = [
      ...['namespace', 'name', 'unit', 'value', 'labels', 'reason', 'metric', 'metrics', 'definition'],
      ...['keys', 'region', 'plan', 'cause', 'then', 'return', 'capture', 'generation'],
    ]
    const reads = new Set()
    for (const name of names) {
      const tell = () => void reads.add(name)
      const property = { __proto__: null, configurable: true, get: tell, set: tell }
      Object.defineProperty(Object.prototype, name, property)
    }
    const capture = captureMetrics()
    const end = shop.queueDepth.observe(() => 1)
    shop.orders.add(1, { plan: 'pro' })
    shop.orders.add(-1, {})
    hkm.hostedKeyMetrics.recordUsed({})
    await capture.observe()
    end()
    const records = capture.records(shop.orders, { plan: 'pro' })
    const dropped = capture.dropped(shop.orders)
    const used = capture.records({ namespace: 'Sim/HostedKey' })
    capture.sum(shop.queueDepth)
    capture.clear()
    capture.stop()
    for (const name of names) delete Object.prototype[name]
    return { reads: [...reads], records, dropped, used: used.length }`)
  assert.deepEqual(result, {
    reads: [],
    records: [{ ...OF_SHOP, value: 1, labels: { plan: 'pro' } }],
    dropped: [{ ...OF_SHOP, value: -1, labels: {}, reason: 'invalidValue' }],
    used: 1,
  })
})
