// The same definition gives the same metrics, wherever a process makes it; a different one of the same name is told.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { installCopies } from '../testkit/copies/installations.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
let env
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  env = environment(cloudwatch.endpoint, CREDENTIALS)
})
afterEach(() => cloudwatch.close())

/** Statements that define the orders of a shop, by `change`, which gets the options of their counter. */
const SHOP = `
  const shop = ({ defineMetrics, counter, gauge }, change = {}) =>
    defineMetrics({
      namespace: 'Test/Shop',
      metrics: {
        orders: counter({ dimensions: ['region'], ...change }),
        depth: gauge(),
      },
    })
`
const OTHER = "{ dimensions: ['region', 'plan'] }"

const order = (region) => `Orders Count {Environment=test,Region=${region}} 1`

/** Statements that give the message of what others throw. */
const MESSAGE = `
  const messageOf = (attempt) => {
    try {
      attempt()
    } catch ({ name, message }) {
      return name + ': ' + message
    }
  }
`

test('defining reads no environment, loads no binary and starts nothing', async () => {
  const { result } = await evaluate(
    `${SHOP}
    const seen = []
    const real = process.env
    const tell = (trap) => (...all) => {
      seen.push(trap + ' ' + String(all[1]))
      return Reflect[trap](...all)
    }
    const traps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor']
    const env = new Proxy(real, Object.fromEntries(traps.map((trap) => [trap, tell(trap)])))
    Object.defineProperty(process, 'env', { value: env, configurable: true })
    const { dlopen } = process
    process.dlopen = () => seen.push('dlopen')
    const on = ['exit', 'beforeExit'].map((name) => process.listenerCount(name))
    const { depth, orders } = shop(hkm)
    orders.with({ region: 'eu' })
    const isSame = on.every((count, at) => process.listenerCount(['exit', 'beforeExit'][at]) === count)
    Object.defineProperty(process, 'env', { value: real, configurable: true })
    process.dlopen = dlopen
    return { seen, isSame, state: hkm.metricsStats().state }`,
    env
  )
  assert.deepEqual(result, { seen: [], isSame: true, state: 'idle' })
})

test('options may be set after a definition, and hold for it', async () => {
  await evaluate(
    `${SHOP}
    const { orders } = shop(hkm)
    hkm.configureMetrics({ environment: 'chosen' })
    orders.add(1, { region: 'eu' })`,
    env
  )
  assert.deepEqual(appliedRecords(cloudwatch), ['Orders Count {Environment=chosen,Region=eu} 1'])
})

describe('in one module', () => {
  test('the same definition gives the same recorders, whatever its description', async () => {
    const { result } = await evaluate(
      `${SHOP}
      const first = shop(hkm)
      const second = shop(hkm, { description: 'What was ordered', name: 'Orders' })
      return first.orders === second.orders && first.depth === second.depth`,
      env
    )
    assert.equal(result, true)
  })

  for (const [what, one, other] of [
    [
      'the order of roll-ups',
      "{ dimensions: ['a', 'b'], rollups: [['a'], ['b']], recommendedRollups: [] }",
      "{ dimensions: ['a', 'b'], rollups: [['b'], ['a']] }",
    ],
    [
      'the order of recommended roll-ups',
      "{ dimensions: ['a', 'b', 'c'], recommendedRollups: [[], ['b', 'c']] }",
      "{ dimensions: ['a', 'b', 'c'], recommendedRollups: [['c', 'b'], []] }",
    ],
    [
      'the values of a dimension',
      "{ dimensions: { a: ['x'], b: {} } }",
      "{ dimensions: { a: ['y', 'z'], b: {} } }",
    ],
    [
      'an optional dimension beside one that is not',
      '{ dimensions: { a: { optional: true }, b: {} } }',
      "{ dimensions: ['a', 'b'] }",
    ],
  ]) {
    test(`the same definition but for ${what} gives the same recorders`, async () => {
      const { result } = await evaluate(
        `${SHOP} return shop(hkm, ${one}).orders === shop(hkm, ${other}).orders`,
        env
      )
      assert.equal(result, true)
    })
  }

  test('the same definition but for the order of default dimensions gives the same recorders', async () => {
    const { result } = await evaluate(
      `const define = (defaultDimensions) =>
        hkm.defineMetrics({ namespace: 'Test/Shop', defaultDimensions, metrics: { orders: hkm.counter() } })
      const all = [{ Service: 's', Area: 'a' }, { Area: 'a', Service: 's' }].map(define)
      all[1].orders.add(1)
      return all[0].orders === all[1].orders`,
      env
    )
    assert.equal(result, true)
    assert.deepEqual(appliedRecords(cloudwatch), [
      'Orders Count {Environment=test,Area=a,Service=s} 1',
    ])
  })

  for (const [what, change, shown] of [
    ['dimensions', "{ dimensions: ['region', 'plan'] }", '"plan": "Plan"'],
    ['names of dimensions', "{ dimensions: { region: 'AwsRegion' } }", '"region": "AwsRegion"'],
    ['unit', "{ unit: 'Bytes' }", 'in Bytes'],
    ['roll-ups', '{ rollups: [[]] }', 'rollups: []'],
    ['recommended roll-ups', '{ recommendedRollups: [[]] }', 'recommendedRollups: []'],
    [
      'labels that are redacted',
      '{ dimensions: { region: { redact: true } } }',
      'redact: ["region"]',
    ],
    ['labels that are optional', '{ dimensions: { region: { optional: true } } }', 'all optional'],
  ]) {
    test(`other ${what} are refused, and both definitions are shown`, async () => {
      const { result, stats } = await evaluate(
        `${SHOP} ${MESSAGE}
        const { orders } = shop(hkm)
        const message = messageOf(() => shop(hkm, ${change}))
        orders.add(1, { region: 'eu' })
        return message`,
        env
      )
      const [head, known, other] = result.split('\n')
      assert.equal(
        head,
        'TypeError: defineMetrics: Test/Shop Orders is defined already, and differently:'
      )
      assert.match(known, /^ {2}known: counter in Count, dimensions: \{"region": "Region"\}$/)
      assert.match(other, /^ {2}new: {3}counter/)
      assert.ok(other.includes(shown), other)
      assert.equal(stats.applied, 1)
    })
  }

  test('of a definition that is refused, no metric is kept', async () => {
    const { result } = await evaluate(
      `${SHOP} ${MESSAGE}
      shop(hkm)
      const { counter, defineMetrics } = hkm
      const define = (metrics) => () => defineMetrics({ namespace: 'Test/Shop', metrics })
      return [
        messageOf(define({ fresh: counter(), orders: counter() })),
        messageOf(define({ fresh: counter({ unit: 'Bytes' }) })) ?? 'accepted',
      ]`,
      env
    )
    assert.match(result[0], /Orders is defined already/)
    assert.equal(result[1], 'accepted')
  })
})

describe('in copies of the package', () => {
  let installations
  before(async () => {
    installations = await installCopies()
  })
  after(() => installations.remove())

  /** Evaluates statements of `programs/copies-expression.mjs`, of which nothing may be written. */
  async function play(statements, stderr = /^$/) {
    const args = [JSON.stringify(installations), `${SHOP} ${MESSAGE} ${statements}`]
    const { ended, message } = start('copies-expression.mjs', { env, args })
    const { result } = await message()
    const end = await ended
    assert.equal(end.code, 0)
    assert.match(end.stderr, stderr)
    return result
  }

  const RECORD = `
    const record = (copies) => copies.map((copy) => shop(copy).orders.add(1, { region: 'eu' }))
    const seriesOf = async (copy) => {
      await copy.flushMetrics()
      return copy.metricsStats().series
    }`

  test('the same definition gives the same recorders, after require.cache was cleared, and to import', async () => {
    const isSame = await play(`
      const first = shop(copy())
      const { pathToFileURL } = await import('node:url')
      const imported = shop(await import(pathToFileURL(at.installed + '/index.js')))
      return [shop(copy()), shop(copy(at.compatible)), imported].map(({ orders }) => orders === first.orders)`)
    assert.deepEqual(isSame, [true, true, true])
  })

  test('another definition is refused', async () => {
    const message = await play(`
      shop(copy())
      return messageOf(() => shop(copy(), ${OTHER}))`)
    assert.match(message, /Orders is defined already, and differently/)
  })

  for (const [what, copies] of [
    ['vm contexts', '[inContext(), inContext()]'],
    ['versions that share a binary', '[copy(), copy(at.sameBinary)]'],
    ['copies that share no state', '[Object.freeze(globalThis), 0].map(() => copy())'],
  ]) {
    test(`${what} record the same definition to one series`, async () => {
      const series = await play(`${RECORD}
        const copies = ${copies}
        record(copies)
        return seriesOf(copies[0])`)
      assert.equal(series, 1)
      assert.deepEqual(appliedRecords(cloudwatch), [order('eu'), order('eu')])
    })
  }

  test('in vm contexts, a different definition is recorded, and one warning tells of both', async () => {
    await play(
      `
      const contexts = [inContext(), inContext(), inContext()]
      shop(contexts[0]).orders.add(1, { region: 'eu' })
      for (const context of contexts.slice(1)) {
        shop(context, ${OTHER}).orders.add(1, { region: 'eu', plan: 'pro' })
      }`,
      /^\[\S+\] A metric is defined twice, and differently: .*Region, Plan.* and .*Region.*\n$/
    )
    const other = 'Orders Count {Environment=test,Region=eu,Plan=pro} 1'
    assert.deepEqual(appliedRecords(cloudwatch), [other, other, order('eu')])
  })

  test('of several metrics that are defined differently, the first ten are told', async () => {
    await play(
      `
      for (const [context, of] of [[inContext(), 'counter'], [inContext(), 'gauge']]) {
        const names = Array.from({ length: 12 }, (_, at) => 'metric' + at)
        const metrics = Object.fromEntries(names.map((name) => [name, context[of]()]))
        const defined = context.defineMetrics({ namespace: 'Shop', metrics })
        for (const name of names) (defined[name].add ?? defined[name].set)(1)
      }`,
      /^(.* defined twice.*Metric\d, .*\n){9}.* defined twice.*Metric9, .* \(no more warnings of this kind about other metrics\)\n$/
    )
  })
})

/** Plays the steps of `programs/threads.mjs`. */
async function playThreads(steps) {
  const { ended, message } = start('threads.mjs', { env, args: [JSON.stringify(steps)] })
  const { results, stats } = await message()
  const { code, stderr } = await ended
  assert.deepEqual(results.map(({ error }) => error).filter(Boolean), [])
  assert.equal(code, 0)
  return { results, stats, warnings: stderr.split('\n').filter((line) => line !== '') }
}

describe('in worker threads', () => {
  const add = (change, labels) => `${SHOP} shop(hkm, ${change}).orders.add(1, ${labels})`

  test('the same definition is recorded to one series', async () => {
    const steps = ['main', 'a', 'b'].map((name) => ({
      in: name,
      statements: add('{}', "{ region: 'eu' }"),
    }))
    const { stats, warnings } = await playThreads(steps)
    assert.deepEqual([stats.series, warnings], [1, []])
    assert.deepEqual(appliedRecords(cloudwatch), Array(3).fill(order('eu')))
  })

  test('each different definition is recorded, and a warning shows it and the one before', async () => {
    const { stats, warnings } = await playThreads([
      { in: 'main', statements: add('{}', "{ region: 'eu' }") },
      { in: 'a', statements: add(OTHER, "{ region: 'eu', plan: 'pro' }") },
      { in: 'b', statements: add("{ unit: 'Bytes' }", "{ region: 'eu' }") },
    ])
    assert.equal(stats.series, 3)
    assert.equal(warnings.length, 2, warnings)
    assert.match(warnings[0], /defined twice.* \[Region, Plan\], and .* in Count by \[Region\]/)
    assert.match(warnings[1], /defined twice.* in Bytes by \[Region\], and /)
    assert.deepEqual(appliedRecords(cloudwatch), [
      'Orders Bytes {Environment=test,Region=eu} 1',
      'Orders Count {Environment=test,Region=eu,Plan=pro} 1',
      order('eu'),
    ])
  })

  test('a definition of another kind is recorded, and one warning tells of both', async () => {
    const define = (kind) => `hkm.defineMetrics({
      namespace: 'Test/Shop',
      metrics: { wait: hkm.${kind}({ unit: 'Seconds' }) },
    }).wait`
    const { warnings } = await playThreads([
      { in: 'main', statements: `${define('distribution')}.record(5)` },
      { in: 'a', statements: `${define('gauge')}.set(-5)` },
    ])
    assert.equal(warnings.length, 1, warnings)
    assert.match(
      warnings[0],
      /defined twice, and differently: Test\/Shop Wait, a gauge in Seconds by .*, and Test\/Shop Wait, a distribution in/
    )
    assert.deepEqual(appliedRecords(cloudwatch), [
      'Wait Seconds {Environment=test} -5',
      'Wait Seconds {Environment=test} 5',
    ])
  })

  test('the same roll-ups and default dimensions in another order are recorded to one series', async () => {
    const define = (rollups, defaultDimensions) => `hkm.defineMetrics({
      namespace: 'Test/Shop',
      defaultDimensions: ${defaultDimensions},
      metrics: { orders: hkm.counter({ dimensions: ['a', 'b'], rollups: ${rollups} }) },
    }).orders.add(1, { a: 'x', b: 'y' })`
    const { stats, warnings } = await playThreads([
      { in: 'main', statements: define("[['a'], ['b']]", "{ X: '1', Y: '2' }") },
      { in: 'a', statements: define("[['b'], ['a']]", "{ Y: '2', X: '1' }") },
    ])
    assert.deepEqual([stats.series, warnings], [3, []])
  })

  test('a gauge that is set and observed in two threads has the samples of both', async () => {
    const set = (value) => ({
      statements: `${SHOP}
        const { depth } = shop(hkm)
        depth.set(${value})
        await new Promise((resolve) => {
          const end = depth.observe(() => {
            setImmediate(() => resolve(end()))
            return ${value} + 10
          })
        })`,
    })
    const { stats } = await playThreads([
      { in: 'main', ...set(1) },
      { in: 'a', ...set(2) },
    ])
    assert.equal(stats.series, 1)
    assert.deepEqual(
      appliedRecords(cloudwatch),
      [1, 11, 12, 2].map((value) => `Depth None {Environment=test} ${value}`)
    )
  })
})

test('a definition that differs from one of a catalogue throws, also before the first record of the catalogue', async () => {
  const { result, stats } = await evaluate(
    `${MESSAGE}
    const { counter, defineMetrics } = hkm
    const messages = ['Sim/HostedKey Used', 'Sim/Workflow BlockExecuted'].map((both) => {
      const [namespace, name] = both.split(' ')
      return messageOf(() => defineMetrics({ namespace, metrics: { mine: counter({ name }) } }))
    })
    m.recordUsed({ provider: 'p' })
    return messages`,
    env
  )
  assert.match(result[0], /Sim\/HostedKey Used is defined already, and differently/)
  assert.match(result[1], /Sim\/Workflow BlockExecuted is defined already, and differently/)
  assert.equal(stats.applied, 1)
})

describe('definitions without end', () => {
  const DEFINE = `
    const define = ({ counter, defineMetrics }, from, count) =>
      Array.from({ length: count }, (_, at) =>
        defineMetrics({ namespace: 'Test/Many', metrics: { ['m' + (from + at)]: counter() } })['m' + (from + at)]);`

  test('throw a RangeError in the thread that makes them, and what is defined goes on', async () => {
    const { result, stats } = await evaluate(
      `${DEFINE} ${MESSAGE}
      const all = []
      const message = messageOf(() => {
        for (let at = 0; at < 20_000; at++) all.push(...define(hkm, at, 1))
      })
      const { counter, defineMetrics } = hkm
      const metrics = { m0: counter(), another: counter() }
      const again = messageOf(() => defineMetrics({ namespace: 'Test/Many', metrics }))
      const known = messageOf(() => define(hkm, 0, all.length))
      for (const metric of [all[0], all.at(-1)]) metric.add(1)
      m.recordUsed({})
      return { count: all.length, message, again, known }`,
      env
    )
    const { count, message, again, known } = result
    assert.match(message, /^RangeError: defineMetrics: .* at most 9980 metrics/)
    assert.match(again, /^RangeError/)
    assert.equal(known, undefined)
    assert.equal(count, 9_980)
    // The catalogues have room of their own: one is defined at its first use.
    assert.equal(stats.applied, 3)
  })

  test('in several threads, those that are too many are told once, and their records are counted as dropped', async () => {
    const record = (from, count) =>
      `${DEFINE} for (const metric of define(hkm, ${from}, ${count})) metric.add(1)`
    const { stats, warnings } = await playThreads([
      { in: 'a', statements: record(0, 6_000) },
      { in: 'b', statements: record(6_000, 5_000) },
      { in: 'main', statements: record(0, 10) },
    ])
    assert.equal(stats.recorded, 11_010)
    assert.equal(stats.dropped.unresolved, 1_000)
    assert.equal(stats.applied, 10_010)
    assert.equal(stats.series, 10_000)
    assert.equal(warnings.length, 1, warnings)
    assert.match(warnings[0], /There are 10000 metrics: further ones are not recorded/)
  })
})

test('a definition whose objects are collected loses nothing, and the same one goes on with its series', async () => {
  const { ended, message } = start('expression.mjs', {
    env,
    runtimeArgs: ['--expose-gc'],
    args: [
      `${SHOP}
      const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
      const add = () => shop(hkm).orders.add(1, { region: 'eu' })
      const bind = () => shop(hkm).orders.with({ region: 'eu' })
      add()
      const bound = bind()
      let isCollected = false
      const registry = new FinalizationRegistry(() => { isCollected = true })
      const observed = () => registry.register(shop(hkm), undefined)
      observed()
      while (!isCollected) {
        gc()
        await turn()
      }
      bound.add(1)
      add()`,
    ],
  })
  const { stats } = await message()
  assert.equal((await ended).code, 0)
  assert.equal(stats.series, 1)
  assert.deepEqual(appliedRecords(cloudwatch), Array(3).fill(order('eu')))
})
