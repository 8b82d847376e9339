// A record that is dropped for what it was given is told of, and by which metric, but never with what could be a secret.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Statements that keep warnings, move the clock, and define metrics. */
const PREPARE = `
  const lines = []
  hkm.configureMetrics({ logger: { warn: (line) => lines.push(line) } })
  let minutes = 10
  performance.now = () => minutes * 60_000
  const { counter, distribution, gauge } = hkm
  const define = (metrics) => hkm.defineMetrics({ namespace: 'Shop/Checkout', metrics })
  const shop = define({
    orders: counter({ dimensions: ['region'] }),
    price: distribution({ unit: 'None', dimensions: ['region'] }),
    waiting: gauge({}),
  })
  const told = () => lines.splice(0)
`

const play = async (statements) =>
  (await evaluate(PREPARE + statements, environment(cloudwatch.endpoint, CREDENTIALS))).result

const line = (metric, why) => `[hkm-native] A record of Shop/Checkout ${metric} was dropped: ${why}`

test('a value that is none is told, with the range of the metric', async () => {
  const told = await play(`
    const all = []
    const give = (record) => { record(); all.push(...told()); minutes++ }
    give(() => shop.orders.add(NaN, { region: 'eu' }))
    give(() => shop.orders.add(-1, { region: 'eu' }))
    give(() => shop.orders.add('sk-secret', { region: 'eu' }))
    give(() => shop.price.record(Infinity, { region: 'eu' }))
    give(() => shop.price.record(null, { region: 'eu' }))
    give(() => shop.price.with({ region: 'eu' }).record(1e200))
    give(() => shop.waiting.set({}))
    return all`)
  const counts = 'and not a number from 0 to 2^360'
  const values = 'and not a number within ±2^360'
  assert.deepEqual(told, [
    line('Orders', `its value is NaN, ${counts}`),
    line('Orders', `its value is -1, ${counts}`),
    line('Orders', `its value is of the type string, ${counts}`),
    line('Price', `its value is Infinity, ${values}`),
    line('Price', `its value is of the type object, ${values}`),
    line('Price', `its value is 1e+200, ${values}`),
    line('Waiting', `its value is of the type object, ${values}`),
  ])
})

test('labels that are none are told, and read once', async () => {
  const told = await play(`
    const all = []
    const give = (record) => { record(); all.push(...told()); minutes++ }
    let reads = 0
    give(() => shop.orders.add(1))
    give(() => shop.orders.add(1, null))
    give(() => shop.orders.add(1, { region: { secret: 'sk-secret' } }))
    give(() => shop.orders.add(1, { region: 1n }))
    give(() => shop.orders.add(1, { get region() { reads++; throw new Error('sk-secret') } }))
    give(() => shop.orders.with({ region: Symbol('eu') }).add(1))
    return [...all, reads]`)
  const none = line('Orders', 'it has no labels')
  const odd = line(
    'Orders',
    'a label is an object, a function, a symbol or a bigint, or could not be read'
  )
  assert.deepEqual(told, [none, none, odd, odd, odd, odd, 1])
})

test('ten metrics are told of in a minute, each once, and the others in the next ones', async () => {
  const told = await play(`
    const many = define(Object.fromEntries(
      Array.from({ length: 15 }, (_, number) => ['metric' + number, counter({})])))
    const all = []
    for (let minute = 0; minute < 3; minute++, minutes++) {
      for (let times = 0; times < 3; times++) for (const metric of Object.values(many)) metric.add(NaN)
      all.push(told().length)
    }
    shop.orders.add(NaN, { region: 'eu' })
    return [...all, ...told()]`)
  // From the second minute on, one warning is about a metric that was told of before.
  assert.deepEqual(told.slice(0, 3), [10, 6, 1])
  assert.match(told.at(-1), /Orders was dropped.* \(\d+ more like this were held back\)$/)
})

test('a logger that records what is dropped again is told once', async () => {
  const { result, stats } = await evaluate(
    `const lines = []
    const metrics = { orders: hkm.counter({}) }
    const { orders } = hkm.defineMetrics({ namespace: 'Shop/Checkout', metrics })
    hkm.configureMetrics({ logger: { warn(line) { lines.push(line); orders.add(NaN) } } })
    orders.add(NaN)
    orders.add(1)
    return lines.length`,
    environment(cloudwatch.endpoint, CREDENTIALS)
  )
  assert.equal(result, 1)
  assert.deepEqual([stats.recorded, stats.dropped.invalidValue, stats.applied], [3, 2, 1])
})
