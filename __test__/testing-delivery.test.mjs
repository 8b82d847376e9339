// `captureMetrics()` and real delivery: a capture uses nothing of it, and what is not captured is sent as ever.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { capturing, capturingAndDelivering } from '../testkit/capturing.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { NEEDS_PROC } from '../testkit/platform.mjs'

const EU = "{ region: 'eu', plan: 'pro' }"
const ORDERS = 'Orders Count {Environment=test,Region=eu,Plan=pro}'
/** The roll-ups of an order. */
const rolledUp = (value) => [
  `Orders Count {Environment=test,Region=eu} ${value}`,
  `Orders Count {Environment=test} ${value}`,
]
const delivered = (...values) =>
  values.flatMap((value) => [`${ORDERS} ${value}`, ...rolledUp(value)])

test(
  'a capture loads no binary, starts no thread, installs no handler, opens nothing and reads no variable',
  NEEDS_PROC,
  async () => {
    const { ended, message } = start('capture-effects.cjs', {
      env: environment('http://127.0.0.1:9', CREDENTIALS),
    })
    const { before, after, reads, captured, recorded } = await message()
    assert.deepEqual(after, before)
    assert.deepEqual(reads, [])
    assert.equal(captured, 4)
    // The same probes do see what the first record does.
    assert.ok(recorded.threads > before.threads)
    assert.ok(recorded.listeners > before.listeners)
    assert.ok(recorded.reads > 0)
    assert.equal(recorded.isNativeLoaded, true)
    assert.equal((await ended).signal, 'SIGKILL')
  }
)

test('what is captured is not sent, and what is recorded after it is', async () => {
  const { result, records } = await capturingAndDelivering(`
    const capture = captureMetrics()
    shop.orders.add(1, ${EU})
    hkm.hostedKeyMetrics.recordUsed({ provider: 'p' })
    const flushed = await hkm.flushMetrics()
    const { state } = hkm.metricsStats()
    capture.stop()
    const after = hkm.metricsStats().state
    shop.orders.add(2, ${EU})
    await hkm.flushMetrics()
    return { flushed, states: [state, after, hkm.metricsStats().state], sum: capture.sum(shop.orders) }`)
  assert.deepEqual(result, {
    flushed: { delivered: true, remaining: 0 },
    states: ['off', 'idle', 'on'],
    sum: 1,
  })
  assert.deepEqual(records, delivered(2).sort())
})

test('metrics that were on before go on after it, with the same series and balanced books', async () => {
  const { result, records } = await capturingAndDelivering(`
    const few = () => shop.orders.add(1, ${EU})
    const many = () => shop.requests.add(1, { method: 'GET', route: '/', status: 200, region: 'eu', zone: 'a' })
    const played = () => { few(); many() }
    played()
    for (let round = 0; round < 3; round++) {
      const capture = captureMetrics()
      played()
      played()
      shop.orders.add(-1, ${EU})
      capture.stop()
      if (capture.records().length !== 4) throw new Error('not captured')
      played()
    }
    await hkm.flushMetrics()
    const { recorded, applied, dropped, series } = hkm.metricsStats()
    return { recorded, applied, dropped: dropped.invalidValue, series }`)
  assert.deepEqual(result, { recorded: 8, applied: 8, dropped: 0, series: 4 })
  const requests =
    'Requests Count {Environment=test,Method=GET,Route=/,Status=200,Region=eu,Zone=a} 1'
  assert.deepEqual(records, [...delivered(1, 1, 1, 1), ...Array(4).fill(requests)].sort())
})

test('bound recorders and timers record where the thread records at that moment', async () => {
  const { result, records } = await capturingAndDelivering(`
    const before = shop.orders.with(${EU})
    const timer = shop.latency.startTimer({ region: 'before' })
    const real = shop.latency.startTimer()
    before.add(1)
    const capture = captureMetrics()
    const during = shop.orders.with(${EU})
    const other = shop.latency.startTimer({ region: 'during' })
    before.add(2)
    during.add(4)
    timer()
    capture.stop()
    before.add(8)
    during.add(16)
    other()
    real({ region: 'after' })
    await hkm.flushMetrics()
    return {
      orders: capture.sum(shop.orders),
      timers: capture.records(shop.latency).map(({ labels }) => labels.region),
    }`)
  assert.deepEqual(result, { orders: 6, timers: ['before'] })
  const ofTimers = records.filter((record) => record.startsWith('Latency'))
  assert.deepEqual(
    ofTimers.map((record) => record.replace(/ [\d.e-]+$/, '')),
    ['after', 'during'].map((region) => `Latency Milliseconds {Environment=test,Region=${region}}`)
  )
  assert.deepEqual(
    records.filter((record) => record.startsWith('Orders')),
    delivered(1, 8, 16).sort()
  )
})

describe('callbacks of gauges', () => {
  test('are called by `observe` alone, whether they were added before or during the capture', async () => {
    const result = await capturing(`
      const ends = [shop.perQueue.observe(() => 1, { queue: 'a' })]
      const capture = captureMetrics()
      const later = async () => { await new Promise(setImmediate); return 2 }
      ends.push(shop.perQueue.observe(later, { queue: 'b' }), shop.queueDepth.with().observe(() => 4))
      // The first calls would be due by now.
      await new Promise((resolve) => setTimeout(resolve, 20))
      const before = capture.records().length
      await capture.observe()
      const values = capture.records().map(({ value }) => value)
      ends[0]()
      await capture.observe()
      const sum = capture.sum(shop.queueDepth) + capture.sum(shop.perQueue)
      return { before, values, sum }`)
    assert.equal(result.before, 0)
    assert.deepEqual(result.values.sort(), [1, 2, 4])
    assert.equal(result.sum, 13)
  })

  test('are called by their timers again after it', async () => {
    const { result, records } = await capturingAndDelivering(`
      const seconds = hkm.defineMetrics({
        namespace: 'Seconds', storageResolution: 1, metrics: { depth: hkm.gauge() } })
      let calls = 0
      const capture = captureMetrics()
      const end = seconds.depth.observe(() => ++calls)
      await capture.observe()
      capture.stop()
      await capture.observe()
      if (calls !== 1) throw new Error('called after the capture')
      while (calls < 2) await new Promise(setImmediate)
      end()
      await hkm.flushMetrics()
      return capture.records().map(({ value }) => value)`)
    assert.deepEqual(result, [1])
    assert.deepEqual(records, ['Depth None {Environment=test} 2'])
  })

  test('that have ended are not called, also if another callback ends them', async () => {
    const result = await capturing(`
      const calls = []
      const capture = captureMetrics()
      const ends = ['a', 'b', 'c'].map((name) =>
        shop.perQueue.observe(() => { calls.push(name); ends[1](); return 1 }, { queue: name }))
      await capture.observe()
      ends[2]()
      await capture.observe()
      return calls`)
    assert.deepEqual(result, ['a', 'c', 'a'])
  })

  test('that throw, reject or have not come back give no sample, and are told', async () => {
    const result = await capturing(`
      hkm.configureMetrics({ logger: { warn() {} } })
      const capture = captureMetrics()
      shop.perQueue.observe(() => { throw new Error('thrown') }, { queue: 'a' })
      shop.perQueue.observe(async () => { throw new Error('rejected') }, { queue: 'b' })
      let answer
      shop.queueDepth.observe(() => new Promise((resolve) => { answer = resolve }))
      const first = capture.observe()
      await new Promise(setImmediate)
      const second = capture.observe()
      answer(3)
      await Promise.all([first, second])
      return [capture.records().length, ...capture.dropped().map(({ reason }) => reason)]`)
    assert.deepEqual(result, [1, ...Array(5).fill('unobserved')])
  })

  test('give a sample to the capture in which they were called, and to no other', async () => {
    const { result, records } = await capturingAndDelivering(`
      hkm.configureMetrics({ logger: { warn() {} } })
      shop.orders.add(1, ${EU})
      const calls = []
      const call = () => new Promise((resolve, reject) => { calls.push({ resolve, reject }) })
      shop.queueDepth.observe(call)
      while (calls.length === 0) await new Promise(setImmediate)
      const captures = []
      const observed = []
      const begin = () => {
        captures.push(captureMetrics())
        observed.push(captures.at(-1).observe())
      }
      begin()
      captures[0].stop()
      begin()
      captures[1].stop()
      begin()
      // Of production, of two captures that are over, and of the one that runs.
      calls[0].resolve(1)
      calls[1].resolve(2)
      calls[2].reject(new Error('of a capture that is over'))
      await new Promise(setImmediate)
      // The call of the capture that runs has not come back.
      await captures[2].observe()
      calls[3].resolve(4)
      await Promise.all(observed)
      captures[2].stop()
      await hkm.flushMetrics()
      const { dropped, recorded } = hkm.metricsStats()
      return {
        values: captures.map((capture) => capture.records().map(({ value }) => value)),
        dropped: captures.map((capture) => capture.dropped().length),
        stats: [recorded, dropped.unobserved],
        calls: calls.length,
      }`)
    assert.deepEqual(result, {
      values: [[], [], [4]],
      dropped: [0, 0, 1],
      stats: [1, 0],
      calls: 4,
    })
    assert.deepEqual(records, delivered(1).sort())
  })

  test('whose sample comes back after a capture that came between is recorded', async () => {
    const { records } = await capturingAndDelivering(`
      shop.orders.add(1, ${EU})
      let settle
      shop.queueDepth.observe(() => new Promise((resolve) => { settle = resolve }))
      while (settle === undefined) await new Promise(setImmediate)
      captureMetrics().stop()
      settle(5)
      await new Promise(setImmediate)
      await hkm.flushMetrics()`)
    assert.deepEqual(records, ['QueueDepth None {Environment=test} 5', ...delivered(1)].sort())
  })
})

test('where metrics are off, records are captured, and metrics stay off after it', async () => {
  const { result, requests } = await capturingAndDelivering(
    `
    const states = []
    const look = () => { const { state, reason } = hkm.metricsStats(); states.push(state + ': ' + reason) }
    shop.orders.add(1, ${EU})
    look()
    const capture = captureMetrics()
    shop.orders.add(2, ${EU})
    look()
    capture.stop()
    process.env.HKM_ENABLED = 'true'
    shop.orders.add(4, ${EU})
    look()
    return { states, sum: capture.sum(shop.orders) }`,
    { env: { ...CREDENTIALS, HKM_ENABLED: 'false' } }
  )
  assert.deepEqual(result, {
    states: [
      'off: disabled by configuration',
      'off: records are captured by captureMetrics()',
      'off: disabled by configuration',
    ],
    sum: 2,
  })
  assert.equal(requests, 0)
})

test('a flush during a capture resolves at once, and tells what was recorded before and waits', async () => {
  // Nobody listens at the endpoint.
  const { flushed, wrong, stats, sum } = await capturing(
    `
    hkm.configureMetrics({ shutdownTimeoutMs: 0, logger: { warn() {} } })
    shop.orders.add(1, ${EU})
    while (hkm.metricsStats().buffered + hkm.metricsStats().inFlight === 0) await new Promise(setImmediate)
    const capture = captureMetrics()
    shop.orders.add(2, ${EU})
    shop.orders.add(-2, ${EU})
    const turns = []
    setImmediate(() => turns.push('immediate'))
    const flushed = await hkm.flushMetrics()
    if (turns.length > 0) throw new Error('it has waited')
    let wrong
    try { await hkm.flushMetrics({ timeoutMs: -1 }) } catch ({ name }) { wrong = name }
    const { state, recorded, dropped } = hkm.metricsStats()
    return {
      flushed, wrong, sum: capture.sum(shop.orders),
      stats: { state, recorded, invalidValue: dropped.invalidValue },
    }`
  )
  assert.deepEqual(flushed, { delivered: false, remaining: 1 })
  assert.equal(wrong, 'TypeError')
  assert.deepEqual(stats, { state: 'off', recorded: 1, invalidValue: 0 })
  assert.equal(sum, 2)
})

test('a capture is of its thread alone', async () => {
  const { result, records } = await capturingAndDelivering(`
    const { Worker } = require('node:worker_threads')
    const { once } = require('node:events')
    const capture = captureMetrics()
    const worker = new Worker(\`
      const { hostedKeyMetrics: m } = require(\${JSON.stringify(require.resolve('../../index.js'))})
      const { captureMetrics } = require(\${JSON.stringify(require.resolve('../../testing.js'))})
      const { parentPort } = require('node:worker_threads')
      const capture = captureMetrics()
      m.recordUsed({ provider: 'captured' })
      parentPort.postMessage(capture.records().map(({ labels }) => labels.provider))
      capture.stop()
      m.recordUsed({ provider: 'sent' })\`, { eval: true })
    hkm.hostedKeyMetrics.recordUsed({ provider: 'main' })
    const [inWorker] = await once(worker, 'message')
    await once(worker, 'exit')
    return { inWorker, inMain: capture.records().map(({ labels }) => labels.provider) }`)
  assert.deepEqual(result, { inWorker: ['captured'], inMain: ['main'] })
  assert.deepEqual(records, ['Used Count {Environment=test,Provider=sent} 1'])
})
