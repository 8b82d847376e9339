// `startTimer` records a duration once, in the unit of its metric, with the labels of its start and of its end.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { transform } from 'esbuild'
import { appliedRecords, CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'
import { CARRIERS } from '../testkit/input/hostile-values.mjs'

const VALUES = new URL('../testkit/input/hostile-values.mjs', import.meta.url)

/** Statements that define distributions, and a clock that moves when it is told to. */
const PREPARE = `
  const dimensions = { region: {}, plan: { optional: true } }
  const { latency, bare, seconds, microseconds } = hkm.defineMetrics({
    namespace: 'Test/Timers',
    metrics: {
      latency: hkm.distribution({ unit: 'Milliseconds', dimensions }),
      bare: hkm.distribution({ unit: 'Milliseconds' }),
      seconds: hkm.distribution({ unit: 'Seconds' }),
      microseconds: hkm.distribution({ unit: 'Microseconds' }),
    },
  })
  const { performance } = globalThis
  const { now } = performance
  let time = 1_000
  performance.now = () => time
  const pass = (ms) => { time += ms }
`

async function play(t, statements) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const env = environment(cloudwatch.endpoint, CREDENTIALS)
  const told = await evaluate(
    `${PREPARE}
    try { return await (async () => { ${statements} })() } finally { performance.now = now }`,
    env
  )
  assert.equal(told.code, 0)
  return { ...told, records: appliedRecords(cloudwatch) }
}

const latency = (labels, value) => `Latency Milliseconds {Environment=test${labels}} ${value}`
const bare = (value) => `Bare Milliseconds {Environment=test} ${value}`

test('a timer returns and records the duration in the unit of its metric', async (t) => {
  const { result, records } = await play(
    t,
    `const stops = [bare, seconds, microseconds].map((metric) => metric.startTimer())
    pass(250)
    return stops.map((stop) => stop())`
  )
  assert.deepEqual(result, [250, 0.25, 250_000])
  assert.deepEqual(records, [
    bare(250),
    'Microseconds Microseconds {Environment=test} 250000',
    'Seconds Seconds {Environment=test} 0.25',
  ])
})

test('a real clock measures what passes', async (t) => {
  const { result, stats } = await play(
    t,
    `performance.now = now
    const stop = bare.startTimer()
    const began = now.call(performance)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const passed = now.call(performance) - began
    return stop() >= passed`
  )
  assert.equal(result, true)
  assert.equal(stats.applied, 1)
})

test('a timer that is stopped again records nothing more, and returns the same', async (t) => {
  const { result, records } = await play(
    t,
    `const stop = latency.startTimer({ region: 'eu' })
    pass(5)
    const first = stop()
    pass(5)
    return [first, stop(), stop({ region: 'us' })]`
  )
  assert.deepEqual(result, [5, 5, 5])
  assert.deepEqual(records, [latency(',Region=eu', 5)])
})

test('timers that overlap are apart, and one that is never stopped records nothing', async (t) => {
  const { records } = await play(
    t,
    `const [first, second, third] = [1, 2, 3].map(() => bare.startTimer())
    pass(1)
    first()
    pass(1)
    second()`
  )
  assert.deepEqual(records, [bare(1), bare(2)])
})

describe('the labels of a timer', () => {
  test('are those of its start, and those of its end that the start left out', async (t) => {
    const { records } = await play(
      t,
      `latency.startTimer({ region: 'eu' })({ plan: 'pro' })
      latency.startTimer({ region: 'eu', plan: 'pro' })({ region: 'us', plan: 'free' })
      latency.startTimer({ region: 'eu', plan: null })({ region: 'us', plan: 'free' })
      latency.startTimer({ region: 'eu', plan: 'pro' })({ plan: undefined, region: null })
      latency.startTimer()({ region: 'us' })
      latency.startTimer({})({ region: 'us', plan: 'pro', more: 'x' })
      latency.with({ region: 'eu', plan: 'bound' }).startTimer()()`
    )
    assert.deepEqual(records, [
      latency(',Region=eu,Plan=bound', 0),
      latency(',Region=eu,Plan=free', 0),
      latency(',Region=eu,Plan=pro', 0),
      latency(',Region=eu,Plan=pro', 0),
      latency(',Region=eu,Plan=pro', 0),
      latency(',Region=us,Plan=pro', 0),
      latency(',Region=us', 0),
    ])
  })

  test('are read when it is started, as those of `with` are', async (t) => {
    const { records } = await play(
      t,
      `const labels = { region: 'eu' }
      const stops = [latency.startTimer(labels), latency.with(labels).startTimer()]
      const bound = latency.with(labels)
      labels.region = 'us'
      for (const stop of stops) stop()
      bound.record(1)`
    )
    assert.deepEqual(records, [
      latency(',Region=eu', 0),
      latency(',Region=eu', 0),
      latency(',Region=eu', 1),
    ])
  })

  test('are not changed by what a promise gives to a timer that has them all', async (t) => {
    const { records } = await play(
      t,
      `const both = { region: 'eu', plan: 'pro' }
      const answer = { get region() { throw new Error('not asked for') }, plan: 'free' }
      await Promise.resolve({ region: 'us', plan: 'free' }).then(latency.startTimer(both))
      await Promise.resolve(answer).then(latency.startTimer(both))
      await Promise.resolve(answer).then(latency.startTimer({ region: 'eu' }))
      await Promise.resolve(answer).then(latency.with({ region: 'eu' }).startTimer(answer))
      await Promise.resolve(answer).then(bare.startTimer())`
    )
    assert.deepEqual(records, [
      bare(0),
      latency(',Region=eu,Plan=free', 0),
      latency(',Region=eu,Plan=pro', 0),
      latency(',Region=eu,Plan=pro', 0),
      latency(',Region=eu', 0),
    ])
  })

  test('may be in anything that holds labels for a record', async (t) => {
    const carriers = Object.keys(CARRIERS)
    const { records } = await play(
      t,
      `const { CARRIERS } = await import('${VALUES}')
      for (const carrier of ${JSON.stringify(carriers)}) {
        const carry = (labels) => CARRIERS[carrier](labels)
        latency.startTimer(carry({ region: 'eu' }))()
        latency.startTimer(carry({ region: 'eu' }))(carry({ plan: 'pro' }))
      }`
    )
    const both = carriers.flatMap(() => [
      latency(',Region=eu', 0),
      latency(',Region=eu,Plan=pro', 0),
    ])
    assert.deepEqual(records, both.sort())
  })

  test('that cannot be read have their record counted as dropped', async (t) => {
    const { result, stats, records } = await play(
      t,
      `const bad = { get region() { throw new Error('of mine') } }
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const stops = [
        [bad], [bad, { plan: 'pro' }], [{ plan: 'pro' }, bad], [proxy, { plan: 'pro' }], [{}, proxy],
        [null], [undefined], [{ region: Symbol('a') }], [{ plan: 'pro' }, { region: {} }],
      ].map(([first, rest]) => () => latency.startTimer(first)(rest))
      return stops.map((stop) => stop())`
    )
    assert.deepEqual(result, Array(9).fill(0))
    assert.deepEqual(records, [])
    assert.deepEqual([stats.recorded, stats.dropped.invalidLabel], [9, 9])
  })

  test('are not read by a metric that has none', async (t) => {
    const { records } = await play(
      t,
      `const bad = { get region() { throw new Error('of mine') } }
      bare.startTimer(bad)(bad)
      bare.startTimer(null)(5)`
    )
    assert.deepEqual(records, [bare(0), bare(0)])
  })
})

describe('a clock that is replaced', () => {
  test('and goes backwards gives a duration of zero, which is counted as changed', async (t) => {
    const { result, records, stats } = await play(
      t,
      `const stop = bare.startTimer()
      pass(-10)
      return stop()`
    )
    assert.equal(result, -10)
    assert.deepEqual([records, stats.sanitized], [[bare(0)], 1])
  })

  for (const [what, clock] of [
    ['throws', "() => { throw new Error('a fake clock') }"],
    ['gives no number', "() => 'now'"],
    ['gives nothing', '() => {}'],
    ['is no function', 'undefined'],
    ['gives a symbol', "() => Symbol('now')"],
    ['gives a bigint', '() => 5n'],
  ]) {
    test(`and ${what} has the record counted as dropped`, async (t) => {
      const { result, stats } = await play(
        t,
        `const early = bare.startTimer()
        performance.now = ${clock}
        const late = bare.startTimer()
        return [typeof early(), typeof late()]`
      )
      assert.deepEqual(result, ['number', 'number'])
      assert.deepEqual([stats.recorded, stats.dropped.invalidValue], [2, 2])
    })
  }
})

test('using stops a timer at the end of its block, also if that throws', async (t) => {
  const { records, result } = await play(
    t,
    // As it is compiled where the syntax is not there yet.
    `const block = (statements) => {
      const timer = latency.startTimer({ region: 'eu' })
      try { statements(timer) } finally { timer[Symbol.dispose]() }
    }
    block(() => pass(1))
    block((timer) => { pass(2); timer({ plan: 'pro' }); pass(2) })
    try { block(() => { pass(3); throw new Error('of mine') }) } catch {}
    return Object.keys(latency.startTimer())`
  )
  assert.deepEqual(result, [])
  assert.deepEqual(records, [
    latency(',Region=eu,Plan=pro', 2),
    latency(',Region=eu', 1),
    latency(',Region=eu', 3),
  ])
})

test('the syntax of using does the same, as the runtime knows it or else as esbuild compiles it', async (t) => {
  const using = '{ using timer = latency.startTimer({ region: "eu" }); pass(4) }'
  const { code } = await transform(using, { target: 'es2022' })
  const { records, result } = await play(
    t,
    `const compiled = (code) => new Function('latency', 'pass', code)
    let block = compiled(${JSON.stringify(code)})
    let isKnown = true
    try {
      block = compiled(${JSON.stringify(using)})
    } catch {
      isKnown = false
    }
    block(latency, pass)
    return { isKnown, isNode: !process.versions.bun, major: parseInt(process.versions.node, 10) }`
  )
  assert.deepEqual(records, [latency(',Region=eu', 4)])
  assert.ok(result.isKnown || !result.isNode || result.major < 24, 'Node 24 has the syntax')
})
