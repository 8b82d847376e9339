// When the callbacks that gauges observe are called: first once metrics are on, then once in each window; and which
// callback, if the same labels have had several. Time is virtual.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Relative: on Windows, Node takes no path here, and Bun no URL. */
const VIRTUAL_TIME = './testkit/programs/virtual-time.mjs'

/** Statements that define metrics. Nothing is recorded yet. */
const DEFINE = `
  const metrics = () => ({
    on: hkm.counter(),
    depth: hkm.gauge({ dimensions: { queue: { optional: true } } }),
  })
  const define = (namespace, options) =>
    hkm.defineMetrics({ namespace, ...options, metrics: metrics() })
  const minutes = define('Test/Minutes')
  const seconds = define('Test/Seconds', { storageResolution: 1 })`

const PREPARE = `
  ${DEFINE}
  const { time } = globalThis
  const { state, lines } = { state: () => hkm.metricsStats().state, lines: [] }
  hkm.configureMetrics({ logger: { warn: (line) => lines.push(line) } })
`

/** Evaluates statements in virtual time. The child has to end by itself. */
async function play(t, statements, variables = CREDENTIALS) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const { ended, message } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, variables),
    args: [
      `${PREPARE} try { return await (async () => { ${statements} })() } finally { time.end() }`,
    ],
    runtimeArgs: [`--import=${VIRTUAL_TIME}`],
    cwd: ROOT,
  })
  const { result, stats } = await message()
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  const values = appliedRecords(cloudwatch).filter((line) => line.startsWith('Depth '))
  return { result, stats, values: values.map((line) => line.replace(/^Depth None /, '')) }
}

describe('the first call of a callback', { concurrency: 4 }, () => {
  test('comes at once where metrics are on, whatever the time', async (t) => {
    const { result } = await play(
      t,
      `minutes.on.add(1)
      let calls = 0
      minutes.depth.observe(() => ++calls)
      await time.pass(0)
      return calls`
    )
    assert.equal(result, 1)
  })

  test('comes once another record turns metrics on, and not before', async (t) => {
    const { result } = await play(
      t,
      `let calls = 0
      minutes.depth.observe(() => ++calls)
      minutes.depth.observe(() => ++calls, { queue: 'a' })
      await time.pass(4_999)
      const before = [calls, state()]
      minutes.on.add(1)
      await time.pass(0)
      const after = [calls, state()]
      await time.pass(1)
      return [...before, ...after, calls]`
    )
    assert.deepEqual(result, [0, 'idle', 2, 'on', 2])
  })

  test('comes after five seconds without another record, and turns metrics on', async (t) => {
    const { result } = await play(
      t,
      `let calls = 0
      minutes.depth.observe(() => ++calls)
      await time.pass(4_999)
      const before = [calls, state()]
      await time.pass(1)
      return [...before, calls, state()]`
    )
    assert.deepEqual(result, [0, 'idle', 1, 'on'])
  })

  test('leaves time to configure metrics, and to load credentials', async (t) => {
    const { result, stats } = await play(
      t,
      `minutes.depth.observe(() => 1)
      await time.pass(4_000)
      Object.assign(process.env, ${JSON.stringify(CREDENTIALS)})
      hkm.configureMetrics({ maxSeries: 7 })
      await time.pass(1_000)
      try { hkm.configureMetrics({ maxSeries: 8 }) } catch ({ message }) { return message }`,
      {}
    )
    assert.match(result, /^configureMetrics: call it before the first record/)
    assert.deepEqual([stats.state, stats.applied], ['on', 1])
  })

  test('never comes if the callback is ended before', async (t) => {
    const { result } = await play(
      t,
      `let calls = 0
      minutes.depth.observe(() => ++calls)()
      await time.pass(120_000)
      minutes.depth.observe(() => ++calls)()
      minutes.on.add(1)
      minutes.depth.observe(() => ++calls)()
      await time.pass(120_000)
      return calls`
    )
    assert.equal(result, 0)
  })

  test('is in a turn with few others, however many there are', async (t) => {
    const { result } = await play(
      t,
      `let turn = 0
      let isOver = false
      const count = () => { turn++; if (!isOver) setImmediate(count) }
      setImmediate(count)
      const calls = {}
      for (let at = 0; at < 1_000; at++) {
        minutes.depth.observe(() => { calls[turn] = (calls[turn] ?? 0) + 1 }, { queue: at })
      }
      minutes.on.add(1)
      await time.pass(0)
      isOver = true
      return Object.values(calls)`
    )
    assert.equal(
      result.reduce((sum, calls) => sum + calls),
      1_000
    )
    assert.ok(Math.max(...result) <= 20, `${result}`)
  })

  for (const [what, first] of [
    ['where metrics are on', 'minutes.on.add(1)'],
    ['where nothing else is recorded', ''],
  ]) {
    test(`comes also in a process that is idle, ${what}`, async (t) => {
      const cloudwatch = await startLocalCloudWatch()
      t.after(() => cloudwatch.close())
      const { ended, message } = start('expression.mjs', {
        env: environment(cloudwatch.endpoint, CREDENTIALS),
        args: [
          `const { createServer } = await import('node:net')
          const server = createServer().listen(0, '127.0.0.1')
          ${DEFINE}
          ${first}
          const called = new Set()
          await new Promise((resolve) => {
            for (let queue = 0; queue < 100; queue++) {
              minutes.depth.observe(() => { if (called.add(queue).size === 100) resolve() }, { queue })
            }
          })
          server.close()
          return called.size`,
        ],
      })
      assert.equal((await message()).result, 100)
      assert.equal((await ended).code, 0)
    })
  }
})

test('what is no function turns nothing on, is told, and is counted where metrics are on', async (t) => {
  const { result } = await play(
    t,
    `minutes.depth.observe(undefined)()
    await time.pass(60_000)
    const before = state()
    minutes.on.add(1)
    minutes.depth.observe(null)()
    return [before, hkm.metricsStats().dropped.unobserved, lines]`
  )
  assert.deepEqual(result, [
    'idle',
    1,
    ['[hkm-native] The callback of the gauge Test/Minutes Depth is no function'],
  ])
})

describe('a callback is called', { concurrency: 4 }, () => {
  /** Statements that keep the windows in which callbacks of a gauge are called, for 100 windows, and return the gaps. */
  const watch = (gauge, ms, { count = 20, during = '' } = {}) => `
    ${gauge}.on.add(1)
    const calls = Array.from({ length: ${count} }, () => [])
    const ends = calls.map((windows, queue) => ${gauge}.depth.observe(() => {
      windows.push(Math.floor(time.now / ${ms}))
      ${during}
      return 1
    }, { queue }))
    while (calls.at(-1).length === 0) await time.pass(1)
    await time.pass(100 * ${ms})
    for (const end of ends) end()
    const gaps = calls.flatMap((windows) => windows.slice(1).map((window, at) => window - windows[at]))
    return [gaps.length, [...new Set(gaps)]]`

  for (const [gauge, ms] of [
    ['minutes', 60_000],
    ['seconds', 1_000],
  ]) {
    test(`once in each window of ${ms / 1_000} s`, async (t) => {
      const { result } = await play(t, watch(gauge, ms))
      assert.deepEqual(result[1], [1])
      assert.ok(result[0] >= 20 * 98, `${result[0]}`)
    })
  }

  for (const [what, before, options] of [
    ['timers are late', 'let turn = 0; time.lateMs = () => (turn++ * 37) % 180', {}],
    [
      'a call takes long',
      'let turn = 0',
      { count: 1, during: 'time.now += (turn++ * 97) % 1_000' },
    ],
    [
      'the clock is set by a little',
      'let turn = 0; time.lateMs = () => (turn++ % 2 ? 40 : -40)',
      {},
    ],
  ]) {
    test(`once in each window also if ${what}`, async (t) => {
      const { result } = await play(t, before + watch('seconds', 1_000, options))
      assert.deepEqual(result[1], [1])
      assert.ok(result[0] >= 45, `${result[0]}`)
    })
  }

  test('in windows of a second if the process has them', async (t) => {
    const second = { ...CREDENTIALS, HKM_STORAGE_RESOLUTION: '1' }
    const { result } = await play(t, watch('minutes', 1_000), second)
    assert.deepEqual(result[1], [1])
  })

  test('at another time of the window than other callbacks', async (t) => {
    const { result } = await play(
      t,
      `minutes.on.add(1)
      const calls = []
      for (let at = 0; at < 1_000; at++) {
        minutes.depth.observe(() => calls.push(time.now % 60_000), { queue: at })
      }
      await time.pass(0)
      calls.length = 0
      await time.pass(60_000 - (time.now % 60_000))
      calls.length = 0
      await time.pass(60_000)
      const bySecond = Array(60).fill(0)
      for (const ms of calls) bySecond[Math.floor(ms / 1_000)]++
      return [calls.length, Math.max(...bySecond)]`
    )
    assert.equal(result[0], 1_000)
    assert.ok(result[1] <= 30, `${result[1]} calls in a second`)
  })

  test('again after a clock that fails, or stands still', async (t) => {
    const { result } = await play(
      t,
      `const { now } = Date
      seconds.on.add(1)
      let calls = 0
      const counts = []
      seconds.depth.observe(() => ++calls)
      for (const clock of [() => { throw new Error('a fake clock') }, () => 'now', () => 5, now]) {
        Date.now = clock
        await time.pass(3_000)
        counts.push(calls)
        calls = 0
      }
      return counts`
    )
    assert.ok(
      result.every((count) => count >= 1 && count <= 30),
      `${result}`
    )
  })

  test('no more where metrics are off', async (t) => {
    const { result } = await play(
      t,
      `let calls = 0
      seconds.depth.observe(() => ++calls)
      await time.pass(10_000)
      seconds.depth.observe(() => ++calls, { queue: 'a' })
      await time.pass(10_000)
      return [calls, state(), lines]`,
      { ...CREDENTIALS, HKM_ENABLED: 'false' }
    )
    assert.deepEqual(result, [1, 'off', []])
  })
})

test('of many callbacks that fail, ten are told in a minute, and each is counted', async (t) => {
  const { result, stats } = await play(
    t,
    `minutes.on.add(1)
    for (let at = 0; at < 30; at++) {
      minutes.depth.observe(() => { throw new RangeError('of mine') }, { queue: at })
    }
    await time.pass(1_000)
    return lines`
  )
  assert.deepEqual(
    result,
    Array(10).fill('[hkm-native] The callback of the gauge Test/Minutes Depth threw RangeError')
  )
  assert.equal(stats.dropped.unobserved, 30)
})

describe('labels have one callback in a thread', { concurrency: 4 }, () => {
  test('which the next one with the same labels replaces, in the same windows', async (t) => {
    const { values } = await play(
      t,
      `minutes.on.add(1)
      const end = minutes.depth.observe(() => 1)
      minutes.depth.observe(() => 2, { queue: 'a' })
      await time.pass(0)
      minutes.depth.observe(() => 3)
      minutes.depth.with({ queue: 'a' }).observe(() => 4)
      end()
      await time.pass(120_000)`
    )
    assert.deepEqual(values, [
      '{Environment=test,Queue=a} 2',
      '{Environment=test,Queue=a} 4',
      '{Environment=test} 1',
      '{Environment=test} 3',
    ])
  })

  test('also if they are given as a number, or are blank', async (t) => {
    const { result } = await play(
      t,
      `minutes.on.add(1)
      const called = []
      for (const queue of [1, '1', true, 'true', '', ' ', null, undefined]) {
        minutes.depth.observe(() => called.push(String(queue)), { queue })
      }
      minutes.depth.observe(() => called.push('none'))
      await time.pass(0)
      return called`
    )
    assert.deepEqual(result, ['1', 'true', 'none'])
  })

  test('and the end of one that is replaced leaves the other alone, also while it is awaited', async (t) => {
    const { values, stats } = await play(
      t,
      `minutes.on.add(1)
      const settle = []
      const ends = []
      ends.push(minutes.depth.observe(() => new Promise((...both) => settle.push(both))))
      await time.pass(0)
      ends.push(minutes.depth.observe(() => new Promise((...both) => settle.push(both))))
      await time.pass(120_000)
      minutes.depth.observe(() => 3)
      for (const end of ends) end()
      settle[0][0](1)
      settle[1][1](new Error('of a callback that was replaced'))
      await time.pass(60_000)`
    )
    assert.deepEqual(values, ['{Environment=test} 3'])
    assert.deepEqual([stats.dropped.unobserved, stats.recorded], [0, 2])
  })

  test('so a module that is evaluated again leaves none behind', async (t) => {
    const { result, stats } = await play(
      t,
      `const { createRequire } = await import('node:module')
      const require = createRequire('${import.meta.url}')
      const called = []
      for (let at = 0; at < 12_000; at++) {
        if (at % 4_000 === 1) for (const file of Object.keys(require.cache)) delete require.cache[file]
        const { defineMetrics, gauge } = require('../index.js')
        defineMetrics({ namespace: 'Test/Reloaded', metrics: { depth: gauge() } }).depth.observe(() => {
          called.push(at)
          return at
        })
      }
      minutes.on.add(1)
      await time.pass(0)
      return [called, lines]`
    )
    assert.deepEqual(result, [[11_999], []])
    assert.equal(stats.recorded, 2)
  })

  test('and are read when it is added', async (t) => {
    const { values } = await play(
      t,
      `minutes.on.add(1)
      const labels = {}
      for (const queue of ['a', 'b']) {
        labels.queue = queue
        minutes.depth.observe(() => 1, labels)
      }
      for (const queue of ['c', 'd']) {
        labels.queue = queue
        const bound = minutes.depth.with(labels)
        labels.queue = 'other'
        bound.observe(() => 1)
      }
      labels.queue = 'e'
      await time.pass(0)`
    )
    assert.deepEqual(
      values,
      ['a', 'b', 'c', 'd'].map((queue) => `{Environment=test,Queue=${queue}} 1`)
    )
  })
})
