// Callbacks that gauges observe: whatever one does harms nobody, and is counted. `observers.test.mjs` is about when
// they are called.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { KINDS } from '../testkit/input/hostile-values.mjs'
import { MAX_VALUE, MIN_VALUE } from '../testkit/input/model.mjs'

const VALUES = new URL('../testkit/input/hostile-values.mjs', import.meta.url)

/** Windows of a second, so that a test sees several of them. */
const SECONDS = 'storageResolution: 1'

/** Statements that turn metrics on, define gauges, wait for a condition, and count what gauges record. */
const prepare = (options) => `
  const of = (namespace, metrics) => hkm.defineMetrics({ namespace, ${options} metrics })
  of('Test/On', { on: hkm.counter() }).on.add(1)
  const { depth, size } = of('Test/Gauges', {
    depth: hkm.gauge({ dimensions: { queue: { optional: true } } }),
    size: hkm.gauge({ dimensions: { at: { optional: true } } }),
  })
  const until = async (isMet) => {
    while (!isMet()) await new Promise((resolve) => setImmediate(resolve))
  }
  const stats = () => {
    const all = hkm.metricsStats()
    return { ...all, recorded: all.recorded - 1 }
  }
`

/** Evaluates statements after those of `prepare`. The child has to end by itself. Leaves out what `prepare` records. */
async function play(t, statements, { options = SECONDS, variables = {}, runtimeArgs = [] } = {}) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const { ended, message } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, ...variables }),
    args: [prepare(options && `${options},`) + statements],
    runtimeArgs,
  })
  const { result, stats } = await message()
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr)
  const warnings = stderr.split('\n').filter((line) => line !== '')
  const records = appliedRecords(cloudwatch).filter((line) => !line.startsWith('On '))
  const { recorded, applied } = stats
  return {
    result,
    stats: { ...stats, recorded: recorded - 1, applied: applied - 1 },
    warnings,
    records,
  }
}

describe('a callback', { concurrency: 6 }, () => {
  test('has the labels that are given with it, or that are bound', async (t) => {
    const { records } = await play(
      t,
      `depth.observe(() => 1, { queue: 'a' })
      depth.with({ queue: 'b' }).observe(() => 2)
      depth.observe(() => Promise.resolve(3), { queue: 'c' })
      await until(() => stats().recorded >= 3)`,
      { options: '' }
    )
    const line = (queue, value) => `Depth None {Environment=test,Queue=${queue}} ${value}`
    assert.deepEqual(records, [line('a', 1), line('b', 2), line('c', 3)])
  })

  for (const [what, callback, told] of [
    ['throws', "() => { throw new RangeError('of mine') }", 'threw RangeError'],
    ['throws nothing', '() => { throw undefined }', 'threw undefined'],
    ['throws a text', "() => { throw 'a password' }", 'threw a string'],
    ['throws what throws', '() => { throw { get name() { throw 1 } } }', 'threw an error'],
    ['throws what is no name', "() => { throw { name: 'a b', code: 'c d' } }", 'threw an error'],
    ['rejects', "() => Promise.reject(new Error('of mine'))", 'rejected with Error'],
    [
      'rejects with a code',
      "() => Promise.reject(Object.assign(new TypeError('of mine'), { code: 'ECONNREFUSED' }))",
      'rejected with TypeError (ECONNREFUSED)',
    ],
    ['rejects with nothing', '() => Promise.reject()', 'rejected with undefined'],
    [
      'gives a promise whose then throws',
      "() => ({ then() { throw new Error('then') } })",
      'rejected with Error',
    ],
    ['does not come back', '() => new Promise(() => {})', 'has not come back'],
  ]) {
    test(`that ${what} is counted each time, told once, and keeps no other from being called`, async (t) => {
      const { stats, records, warnings } = await play(
        t,
        `let calls = 0
        depth.observe(() => { calls++; return (${callback})() })
        let others = 0
        size.observe(() => ++others)
        await until(() => stats().dropped.unobserved >= 2 && others > 2)`
      )
      assert.equal(stats.recorded, stats.applied + stats.dropped.unobserved)
      assert.equal(stats.applied, records.length)
      assert.ok(records.every((line) => line.startsWith('Size ')))
      assert.deepEqual(warnings, [
        `[hkm-native] The callback of the gauge Test/Gauges Depth ${told}`,
      ])
    })
  }

  test('that comes back late is recorded then, and called again', async (t) => {
    const { stats, records } = await play(
      t,
      `let calls = 0
      let resolve
      const end = depth.observe(() => {
        calls++
        return calls === 1 ? new Promise((given) => { resolve = given }) : calls
      })
      await until(() => stats().dropped.unobserved === 1)
      resolve(10)
      await until(() => calls === 2 && stats().recorded === 3)
      end()`
    )
    assert.equal(stats.dropped.unobserved, 1)
    assert.deepEqual(
      records,
      [10, 2].map((value) => `Depth None {Environment=test} ${value}`)
    )
  })

  test('that ends itself is not called again, and records nothing more', async (t) => {
    const { stats, result } = await play(
      t,
      `const calls = [0, 0, 0]
      const ends = [
        depth.observe(() => { calls[0]++; ends[0](); return 1 }, { queue: 'a' }),
        depth.observe(async () => { calls[1]++; ends[1](); return 2 }, { queue: 'b' }),
        depth.observe(() => {
          calls[2]++
          ends[2]()
          ends[2]()
          throw new Error('after the end')
        }, { queue: 'c' }),
      ]
      let others = 0
      const end = size.observe(() => ++others)
      await until(() => others === 3)
      end()
      return calls`
    )
    assert.deepEqual(result, [1, 1, 1])
    assert.deepEqual([stats.recorded, stats.applied], [3, 3])
  })

  test('that is ended while it is awaited records nothing, and is told of no more', async (t) => {
    const { stats, warnings } = await play(
      t,
      `let resolve
      let reject
      let calls = 0
      const ends = [
        depth.observe(() => new Promise((given) => { calls++; resolve = given }), { queue: 'a' }),
        depth.observe(() => new Promise((_, given) => { calls++; reject = given }), { queue: 'b' }),
      ]
      await until(() => calls === 2)
      for (const end of ends) end()
      resolve(1)
      reject(new Error('too late'))
      await until(() => true)
      size.set(1)`
    )
    assert.deepEqual([stats.recorded, stats.applied, warnings], [1, 1, []])
  })

  test('that is ended before it was called is never called', async (t) => {
    const { result } = await play(
      t,
      `let calls = 0
      depth.observe(() => ++calls)()
      let others = 0
      size.observe(() => ++others)
      await until(() => others === 2)
      return calls`
    )
    assert.equal(result, 0)
  })

  test('that adds another one each time is bounded, and told', async (t) => {
    const { stats, warnings } = await play(
      t,
      `let calls = 0
      let added = 0
      const add = () => {
        if (++calls <= 60) for (let at = 0; at < 200; at++) depth.observe(add, { queue: ++added })
        return 1
      }
      depth.observe(add)
      await until(() => calls === 10_000)
      return calls`,
      { options: '', variables: { HKM_MAX_SERIES: '20000' } }
    )
    assert.equal(stats.recorded, stats.applied + stats.dropped.unobserved)
    assert.equal(warnings.length, 1)
    assert.match(
      warnings[0],
      /Depth is one of more than 10000 in this thread, and is not called\. Add it once$/
    )
  })

  test('in the place of which there is something else is counted, and told once', async (t) => {
    const { stats, warnings } = await play(
      t,
      `const ends = [undefined, null, 5, 'f', {}, Promise.resolve(1)].map((given) => depth.observe(given))
      for (const end of ends) end()
      size.set(1)`
    )
    assert.deepEqual([stats.dropped.unobserved, stats.applied], [6, 1])
    assert.deepEqual(warnings, [
      '[hkm-native] The callback of the gauge Test/Gauges Depth is no function',
    ])
  })

  for (const [what, wrap] of [
    ['returns', '(kind) => () => KINDS[kind].make()'],
    ['resolves to', '(kind) => async () => KINDS[kind].make()'],
  ]) {
    test(`that ${what} any kind of value has it recorded or counted`, async (t) => {
      const kinds = Object.keys(KINDS)
      const { stats, records } = await play(
        t,
        `const { KINDS } = await import('${VALUES}')
        for (const kind of ${JSON.stringify(kinds)}) size.observe((${wrap})(kind), { at: kind })
        await until(() => stats().recorded === ${kinds.length})`,
        { options: '' }
      )
      const isNumber = ({ number }) => Math.abs(number) <= MAX_VALUE
      const values = Object.values(KINDS).filter(isNumber)
      const expected = values.map(({ number }) => (Math.abs(number) < MIN_VALUE ? 0 : number))
      assert.deepEqual(
        records.map((line) => line.replace(/,At=[^}]*/, '')).sort(),
        expected.map((value) => `Size None {Environment=test} ${value}`).sort()
      )
      const { invalidValue, unobserved } = stats.dropped
      assert.equal(invalidValue + unobserved, kinds.length - values.length)
      // Of a proxy whose traps throw, a promise cannot even be awaited.
      assert.ok(unobserved <= 5, `${unobserved}`)
    })
  }

  test('is called whatever becomes of the timers of the process', async (t) => {
    const { records } = await play(
      t,
      `const fail = () => { throw new Error('a fake timer') }
      const real = { setTimeout, clearTimeout, setImmediate }
      globalThis.setTimeout = () => 5
      globalThis.clearTimeout = fail
      let calls = 0
      const end = depth.observe(() => ++calls)
      while (stats().recorded < 2) await new Promise((resolve) => real.setImmediate(resolve))
      end()
      Object.assign(globalThis, real)`
    )
    assert.equal(records.length, 2)
  })

  test('keeps no worker alive, and ends with it', async (t) => {
    const { result, records } = await play(
      t,
      `const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      const program = \`
        const { counter, defineMetrics, gauge } = require(process.argv[2])
        const { depth, on } = defineMetrics({
          namespace: 'Test/Worker', storageResolution: 1,
          metrics: { depth: gauge({ dimensions: ['queue'] }), on: counter() } })
        on.add(1)
        let calls = 0
        depth.observe(() => { if (process.argv[3] === 'stays') setInterval(() => {}, 1_000); return ++calls }, { queue: 'a' })
        depth.observe(() => new Promise(() => {}), { queue: 'b' })
        const wait = setInterval(() => {
          if (calls === 0) return
          clearInterval(wait)
          require('node:worker_threads').parentPort.postMessage('called')
        }, 1)\`
      const codes = []
      for (const how of ['ends', 'stays']) {
        const path = ${JSON.stringify(fileURLToPath(new URL('../index.js', import.meta.url)))}
        const worker = new Worker(program, { eval: true, argv: [path, how] })
        const ended = once(worker, 'exit')
        await once(worker, 'message')
        if (how === 'stays') worker.terminate()
        codes.push((await ended)[0])
      }
      return codes`
    )
    // Of a worker that was terminated, the code is that of the runtime.
    const [codeOfEnded, ...others] = result
    assert.deepEqual([codeOfEnded, others.length], [0, 1])
    assert.ok(records.length >= 2)
  })
})
