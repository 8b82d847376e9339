// Past a maximum of series, each record is still stored once in each roll-up, the number of series is limited, and what is
// lost is told. What a full buffer and CloudWatch drop.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { poison, throttle } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Nothing is sent but by a flush, unless a test says so. */
const variables = (extra) =>
  environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_FLUSH_INTERVAL_MS: '3600000', ...extra })
const run = (statements, extra) => evaluate(statements, variables(extra))

/** How many records arrived, by metric and labels. */
function arrived() {
  const found = {}
  for (const { metricName, dimensions, counts } of cloudwatch.applied()) {
    const labels = dimensions.slice(1).map(({ Name, Value }) => `${Name}=${Value}`)
    const series = `${metricName} {${labels.join(', ')}}`
    found[series] = counts.reduce((sum, count) => sum + count, found[series] ?? 0)
  }
  return found
}

/** Defines a counter, `c`, of a namespace. */
const DEFINE = `
  const define = (name, dimensions, rollups, maxSeries) =>
    hkm.defineMetrics({
      namespace: 'Shop',
      maxSeries,
      metrics: { [name]: hkm.counter({ dimensions, rollups }) },
    })[name]
`

describe('a folded record is stored once in each roll-up', () => {
  test('if a label is missing', async () => {
    const { stats } = await run(`${DEFINE}
      const checks = define('checks', { cache: { optional: true } }, [[]], 2)
      for (const cache of ['hit', 'miss', 'z', undefined, undefined]) checks.add(1, { cache })`)
    assert.deepEqual(arrived(), {
      'Checks {}': 5,
      'Checks {Cache=hit}': 1,
      'Checks {Cache=miss}': 1,
      'Checks {Cache=_overflow}': 1,
    })
    assert.equal(stats.overflowedSeries, 1)
    assert.deepEqual([stats.series, stats.rollups.series], [4, 1])
  })

  test('if its labels are those of a roll-up that exists', async () => {
    await run(`${DEFINE}
      const orders = define('orders', ['region', 'plan'], [['region'], []], 3)
      orders.add(1, { region: 'eu', plan: 'pro' })
      orders.add(1, { region: 'eu', plan: 'free' })
      orders.add(1, { region: 'eu', plan: 'other' })
      orders.add(1, { region: 'eu' })
      orders.add(1, { region: 'us' })
      orders.add(1, {})`)
    assert.deepEqual(arrived(), {
      'Orders {}': 6,
      'Orders {Region=eu}': 4,
      'Orders {Region=_overflow}': 1,
      'Orders {Region=eu, Plan=pro}': 1,
      'Orders {Region=eu, Plan=free}': 1,
      'Orders {Region=_overflow, Plan=_overflow}': 2,
    })
  })

  test('however many combinations of roll-ups there are, and whatever other metrics do', async () => {
    const { stderr, stats } = await run(
      `${DEFINE}
      const dimensions = ['a', 'b', 'id']
      const first = define('first', dimensions, [['a'], ['b'], []])
      const second = define('second', dimensions, [['a'], ['b'], []])
      for (let at = 0; at < 101; at++) first.add(1, { a: at, b: at, id: 0 })
      for (let at = 0; at < 4; at++) second.add(1, { a: at, b: at, id: 0 })
      for (let a = 0; a < 101; a++) for (let b = 0; b < 101; b++) first.add(1, { a, b, id: 1 })
      for (let a = 0; a < 4; a++) for (let b = 0; b < 4; b++) second.add(1, { a, b, id: 1 })`,
      { HKM_MAX_SERIES: String(3 * (101 + 4)) }
    )
    const counts = arrived()
    const sumOf = (pattern) =>
      Object.entries(counts).reduce((sum, [series, n]) => sum + (pattern.test(series) ? n : 0), 0)
    assert.equal(counts['Second {}'], 20)
    for (const dimension of ['A', 'B']) {
      for (const at of [0, 1, 2, 3]) assert.equal(counts[`Second {${dimension}=${at}}`], 5)
      assert.equal(counts[`Second {${dimension}=_overflow}`], undefined)
      // Beyond 10,000 combinations, records are in the roll-up, and not under their labels.
      const all = 101 + 101 ** 2
      assert.equal(sumOf(new RegExp(`^First {${dimension}=\\w+}$`)), all)
      assert.equal(counts[`First {${dimension}=_overflow}`], 101 ** 2 - 10_000)
    }
    assert.equal(counts['First {}'], 101 + 101 ** 2)
    assert.equal(stats.dropped.bufferFull, 0)
    assert.match(stderr, /Labels of Shop First .* 10000 combinations/)
    assert.doesNotMatch(stderr, /Labels of Shop Second/)
  })
})

describe('series past the maximum are limited', () => {
  test('to one for each roll-up, whichever labels are missing', async () => {
    const { stats } = await run(`${DEFINE}
      const keys = Array.from({ length: 10 }, (_, at) => 'k' + at)
      const calls = define('calls', [...keys, 'id'], [keys], 10)
      for (let bits = 0; bits < 1024; bits++) {
        const labels = { id: bits }
        keys.forEach((key, at) => { if (bits & (1 << at)) labels[key] = 'a' })
        calls.add(1, labels)
      }`)
    const counts = arrived()
    assert.equal(Object.keys(counts).length, 10 + 2)
    assert.equal(stats.series, 10 + 2)
    const withId = Object.entries(counts).filter(([series]) => series.includes('Id='))
    assert.equal(
      withId.reduce((sum, [, count]) => sum + count, 0),
      1_024
    )
  })

  test('and the number of roll-ups is', async () => {
    const { result } = await run(`
      const { counter, defineMetrics } = hkm
      const dimensions = ['a', 'b', 'c', 'd', 'e']
      const sets = Array.from({ length: 31 }, (_, bits) => dimensions.filter((_, at) => bits & (1 << at)))
      const told = []
      const define = (key, options) => {
        try {
          defineMetrics({ namespace: 'Shop', metrics: { [key]: counter({ dimensions, ...options }) } })
          told.push('defined')
        } catch (error) {
          told.push(error.constructor.name + ': ' + error.message)
        }
      }
      define('few', { rollups: sets.slice(1) })
      define('many', { rollups: sets })
      define('both', { rollups: sets.slice(0, 20), recommendedRollups: sets.slice(20) })
      return told`)
    const refusal = 'there are 31, and a metric has at most 30, recommended ones included'
    assert.deepEqual(result, [
      'defined',
      `TypeError: defineMetrics: Shop many: rollups: ${refusal}`,
      `TypeError: defineMetrics: Shop both: recommendedRollups: ${refusal}`,
    ])
  })

  test('on the native side too', async () => {
    const { result } = await run(`
      const { createRequire } = await import('node:module')
      const binding = createRequire(process.argv[1])('../../binding.js')
      m.recordUsed({ provider: 'p', tool: 't', key: 'K' })
      const define = (sets, recommended) => {
        try {
          return typeof binding.define(['N', 'M', 'counter', 'Count'], ['a'], true, 0, sets, recommended, [0, 0])
        } catch (error) {
          return error.message
        }
      }
      const many = (count) => Array(count).fill(0)
      return [define(many(30), []), define(many(20), many(11))]`)
    assert.deepEqual(result, ['number', 'rollups of a definition is missing or out of range'])
  })
})

describe('the warning about series past the maximum', () => {
  test('names the metric, and whose maximum it was', async () => {
    const { stderr } = await run(
      `${DEFINE}
      const small = define('small', ['id'], undefined, 2)
      const large = define('large', ['id'])
      for (let id = 0; id < 9; id++) small.add(1, { id })
      for (let id = 0; id < 99; id++) large.add(1, { id })`,
      { HKM_MAX_SERIES: '20' }
    )
    const [first, second, ...others] = stderr.trimEnd().split('\n')
    assert.match(first, /Shop Small has 2 series, the maxSeries of its definition/)
    assert.match(second, /The process has 20 series, its maxSeries: further labels of Shop Large/)
    assert.deepEqual(others, [])
  })

  test('is given for a few metrics', async () => {
    const { stderr } = await run(`${DEFINE}
      for (let at = 0; at < 30; at++) {
        const metric = define('m' + at, ['id'], undefined, 1)
        for (const id of [1, 2, 3]) metric.add(1, { id })
      }`)
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 10)
    assert.match(lines[9], /Shop M9 .*other metrics/)
  })
})

test('the number of roll-ups does not fall when their labels are recorded as they are', async () => {
  const { result, stats } = await run(`${DEFINE}
    const orders = define('orders', ['region', 'plan'], [['region']])
    orders.add(1, { region: 'eu', plan: 'pro' })
    const before = hkm.metricsStats()
    orders.add(1, { region: 'eu' })
    return [before.series, before.rollups.series]`)
  assert.deepEqual(result, [2, 1])
  assert.deepEqual([stats.series, stats.rollups.series], [2, 1])
  assert.deepEqual(arrived(), { 'Orders {Region=eu}': 2, 'Orders {Region=eu, Plan=pro}': 1 })
})

test('a record that was never taken to be sent is in no roll-up', async () => {
  const { result, stats } = await run(`${DEFINE}
    const orders = define('orders', ['region'], [[]])
    orders.add(1, { region: 'eu' })
    return hkm.metricsStats()`)
  const { stored, buffered } = result.rollups
  assert.deepEqual({ of: result.buffered, stored, buffered }, { of: 1, stored: 0, buffered: 0 })
  assert.deepEqual([stats.rollups.stored, stats.rollups.applied], [1, 1])
})

test('a roll-up keeps the records of a series that CloudWatch refuses', async () => {
  const isBad = ({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'bad')
  cloudwatch.setFault(poison(isBad))
  const { stats } = await run(`${DEFINE}
    const orders = define('orders', ['region'], [[]])
    for (const region of ['good', 'bad']) orders.add(1, { region })`)
  assert.deepEqual(arrived(), { 'Orders {Region=good}': 1, 'Orders {}': 2 })
  assert.deepEqual([stats.dropped.rejected, stats.rollups.dropped], [1, 0])
})

test('in an outage, a minute that still runs is kept longer than its seconds', async () => {
  let isThrottled = true
  cloudwatch.setFault(() => (isThrottled ? throttle() : undefined))
  const { child, ended, message } = start('expression.mjs', {
    env: variables({ HKM_FLUSH_INTERVAL_MS: '100', HKM_MAX_BUFFERED_DATUMS: '30' }),
    args: [
      `const { gauge, counter, defineMetrics, metricsStats } = hkm
      const { orders } = defineMetrics({ namespace: 'Shop', metrics: { orders: counter({ dimensions: ['id'] }) } })
      const { load } = defineMetrics({
        namespace: 'Fast',
        storageResolution: 1,
        metrics: { load: gauge({ dimensions: ['id'] }) },
      })
      hkm.configureMetrics({ logger: { warn() {} } })
      let count = 0
      const ids = Array.from({ length: 10 }, (_, id) => id)
      while (metricsStats().dropped.bufferFull === 0) {
        for (const id of ids) load.set(1, { id })
        for (const id of ids.slice(5)) orders.add(1, { id })
        count += 5
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const isOver = new Promise((resolve) => process.once('message', resolve))
      process.send({ count })
      await isOver
      while (!(await hkm.flushMetrics()).delivered);
      process.disconnect()`,
    ],
  })
  const { count } = await message()
  isThrottled = false
  child.send({})
  const { stderr } = await ended
  const orders = Object.entries(arrived()).filter(([series]) => series.startsWith('Orders'))
  assert.equal(
    orders.reduce((sum, [, records]) => sum + records, 0),
    count,
    stderr
  )
})
