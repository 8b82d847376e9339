// `captureMetrics()` of `@sim/hkm-native/testing`: what it gives back, and that nothing is sent meanwhile.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { capturing } from '../testkit/capturing.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const OF_SHOP = { namespace: 'Shop/Checkout', name: 'Orders', unit: 'Count' }

describe('a capture gives back', () => {
  test('each record in order, with its metric, its value and its labels', async () => {
    const { records } = await capturing(`
      const capture = captureMetrics()
      shop.orders.add(2, { region: 'eu', plan: 'pro' })
      shop.latency.record(12.5, { region: 'eu' })
      shop.queueDepth.set(-7)
      shop.orders.with({ region: 'us', plan: 'free' }).add(1)
      shop.requests.add(1, { method: 'GET', route: '/', status: 200, region: 'eu', zone: null })
      return { records: capture.records() }`)
    const shop = { namespace: 'Shop/Checkout' }
    assert.deepEqual(records, [
      { ...OF_SHOP, value: 2, labels: { region: 'eu', plan: 'pro' } },
      { ...shop, name: 'Latency', unit: 'Milliseconds', value: 12.5, labels: { region: 'eu' } },
      { ...shop, name: 'QueueDepth', unit: 'None', value: -7, labels: {} },
      { ...OF_SHOP, value: 1, labels: { region: 'us', plan: 'free' } },
      {
        ...shop,
        name: 'Requests',
        unit: 'Count',
        value: 1,
        labels: { method: 'GET', route: '/', status: 200, region: 'eu' },
      },
    ])
  })

  test('labels as they were given, without those that are missing and those that are no dimension', async () => {
    const labels = await capturing(`
      const capture = captureMetrics()
      for (const labels of [
        { region: 1, plan: true },
        { region: '1', plan: 'true' },
        { region: null, plan: undefined, other: 1 },
        { region: '', plan: 'sk-'.repeat(2_000) },
        { region: '  ', plan: '\t' },
      ]) shop.orders.add(1, labels)
      return capture.records().map(({ labels }) => labels)`)
    assert.deepEqual(labels, [
      { region: 1, plan: true },
      { region: '1', plan: 'true' },
      {},
      { plan: 'sk-'.repeat(2_000) },
      { plan: '\t' },
    ])
  })

  test('labels of each record, also if others have the same text', async () => {
    const labels = await capturing(`
      const capture = captureMetrics()
      const requests = { method: 'GET', route: '/', region: 'eu', zone: 'a' }
      const bound = shop.requests.with({ ...requests, status: true })
      for (const status of [200, '200', 200]) shop.requests.add(1, { ...requests, status })
      bound.add(1)
      shop.requests.add(1, { ...requests, status: 'true' })
      bound.add(1)
      const long = 'x'.repeat(5_000)
      for (const end of ['a', 'b', 'a']) shop.latency.record(1, { region: long + end })
      return [
        capture.records(shop.requests).map(({ labels }) => labels.status),
        capture.records(shop.latency).map(({ labels }) => labels.region.at(-1)),
      ]`)
    assert.deepEqual(labels, [
      [200, '200', 200, true, 'true', true],
      ['a', 'b', 'a'],
    ])
  })

  test('a label that is blank as one that is missing, as CloudWatch does', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      for (const plan of ['', ' ', '   ', null, 'pro']) shop.orders.add(1, { region: 'eu', plan })
      return [null, undefined, '', '  ', 'pro'].map((plan) => capture.sum(shop.orders, { plan }))`)
    assert.deepEqual(result, [4, 4, 4, 4, 1])
  })

  test('values as they would be sent: a duration below zero as zero', async () => {
    const values = await capturing(`
      const capture = captureMetrics()
      for (const value of [-1, 1e-200, 3]) shop.latency.record(value, { region: 'eu' })
      shop.latency.with({ region: 'eu' }).record(-5)
      return capture.records(shop.latency).map(({ value }) => value)`)
    assert.deepEqual(values, [0, 0, 3, 0])
  })

  test('the records and the sum of one metric, of some labels, and of none', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      shop.orders.add(1, { region: 'eu', plan: 'pro' })
      shop.orders.add(2, { region: 'eu', plan: 'free' })
      shop.orders.add(4, { region: 'us', plan: 'pro' })
      shop.orders.add(8, { region: 'us' })
      shop.latency.record(16, { region: 'eu' })
      shop.requests.add(32, { status: 200 })
      const values = (...of) => capture.records(...of).map(({ value }) => value)
      return {
        all: values(),
        orders: values(shop.orders),
        inEurope: values(shop.orders, { region: 'eu' }),
        named: values({ namespace: 'Shop/Checkout', name: 'Orders' }, { plan: 'pro' }),
        inNamespace: values({ namespace: 'Shop/Checkout' }, { region: 'eu' }),
        nothing: values(shop.queueDepth),
        nothingOfOurs: values({ namespace: 'Sim/Workflow', name: 'BlockExecuted' }),
        sums: [
          capture.sum(shop.orders),
          capture.sum(shop.orders, { region: 'eu' }),
          capture.sum(shop.orders, { region: 'us', plan: 'pro' }),
          capture.sum(shop.orders, { plan: undefined }),
          capture.sum(shop.orders, { region: 'asia' }),
          capture.sum(shop.requests, { status: '200' }),
          capture.sum({ namespace: 'Shop/Checkout', name: 'Latency' }, { region: 'eu' }),
        ],
      }`)
    assert.deepEqual(result, {
      all: [1, 2, 4, 8, 16, 32],
      orders: [1, 2, 4, 8],
      inEurope: [1, 2],
      named: [1, 4],
      inNamespace: [1, 2, 16],
      nothing: [],
      nothingOfOurs: [],
      sums: [15, 3, 4, 8, 0, 32, 16],
    })
  })

  test('copies, so that a test that changes one changes no other', async () => {
    const labels = await capturing(`
      const capture = captureMetrics()
      const bound = shop.orders.with({ region: 'eu', plan: 'pro' })
      bound.add(1)
      bound.add(1)
      capture.records()[0].labels.region = 'changed'
      return capture.records().map(({ labels }) => labels.region)`)
    assert.deepEqual(labels, ['eu', 'eu'])
  })

  test('records since it was cleared, also after it is stopped', async () => {
    const result = await capturing(
      `
      const capture = captureMetrics()
      shop.orders.add(1, { region: 'eu', plan: 'pro' })
      shop.orders.add(Number.NaN, { region: 'eu', plan: 'pro' })
      capture.clear()
      const cleared = [capture.records(), capture.dropped()]
      shop.orders.add(2, { region: 'eu', plan: 'pro' })
      capture.stop()
      shop.orders.add(4, { region: 'eu', plan: 'pro' })
      return [...cleared, capture.sum(shop.orders)]`,
      { env: {} }
    )
    assert.deepEqual(result, [[], [], 2])
  })

  test('the same where functions cannot be made from text', {
    skip: process.env.HKM_TEST_RUNTIME?.includes('bun') && 'Bun has no such flag',
  }, async () => {
    const { ended, message } = start('capturing-without-eval.mjs', {
      env: environment('http://127.0.0.1:9', CREDENTIALS),
      runtimeArgs: ['--disallow-code-generation-from-strings'],
    })
    const { isForbidden, records, dropped } = await message()
    assert.equal(isForbidden, true)
    assert.deepEqual(records, [
      { ...OF_SHOP, value: 2, labels: { region: 'eu', plan: 'pro' } },
      { ...OF_SHOP, name: 'Many', value: 1, labels: { a: 1, b: 2, c: 3, d: 4, e: 5 } },
    ])
    assert.deepEqual(dropped, [
      { ...OF_SHOP, value: -1, labels: { region: 'eu', plan: 'pro' }, reason: 'invalidValue' },
      { ...OF_SHOP, value: 1, labels: { region: {}, plan: 'pro' }, reason: 'invalidLabel' },
    ])
    assert.equal((await ended).code, 0)
  })
})

/** Statements that give a record which is dropped, with what `dropped()` tells of it. */
const DROPPED = {
  'a value that is no number': [
    "shop.orders.add('1', { region: 'eu', plan: 'pro' })",
    { value: '1', labels: { region: 'eu', plan: 'pro' }, reason: 'invalidValue' },
  ],
  'a negative amount': [
    "shop.orders.add(-1, { region: 'eu', plan: 'pro' })",
    { value: -1, labels: { region: 'eu', plan: 'pro' }, reason: 'invalidValue' },
  ],
  'an amount of a bound counter': [
    "shop.orders.with({ region: 'eu', plan: 'pro' }).add(-1)",
    { value: -1, labels: { region: 'eu', plan: 'pro' }, reason: 'invalidValue' },
  ],
  'a label that is an object': [
    "shop.orders.add(1, { region: { name: 'eu' }, plan: 'pro' })",
    { value: 1, labels: { region: { name: 'eu' }, plan: 'pro' }, reason: 'invalidLabel' },
  ],
  'a label of a bound counter': [
    "shop.orders.with({ region: ['eu'], plan: 'pro' }).add(1)",
    { value: 1, labels: { region: ['eu'], plan: 'pro' }, reason: 'invalidLabel' },
  ],
  'no labels at all': [
    'shop.orders.add(1, null)',
    { value: 1, labels: null, reason: 'invalidLabel' },
  ],
  'a label that a timer is given at its end and that cannot be read': [
    "performance.now = () => 1; shop.latency.startTimer({})({ get region() { throw new Error('a getter') } })",
    { name: 'Latency', unit: 'Milliseconds', value: 0, labels: {}, reason: 'invalidLabel' },
  ],
  'a label of a timer that is an object': [
    'performance.now = () => 1; shop.latency.startTimer({})({ region: {} })',
    {
      name: 'Latency',
      unit: 'Milliseconds',
      value: 0,
      labels: { region: {} },
      reason: 'invalidLabel',
    },
  ],
  'a callback that throws, of labels that change': [
    `hkm.configureMetrics({ logger: { warn() {} } })
    const labels = { queue: 'a' }
    shop.perQueue.observe(() => { throw 1 }, labels)
    labels.queue = 'b'
    await capture.observe()`,
    { name: 'PerQueue', unit: 'None', labels: { queue: 'a' }, reason: 'unobserved' },
  ],
  'a callback that throws': [
    'hkm.configureMetrics({ logger: { warn() {} } }); shop.queueDepth.observe(() => { throw 1 }); await capture.observe()',
    { name: 'QueueDepth', unit: 'None', reason: 'unobserved' },
  ],
}

describe('a capture tells which record is dropped, and why', () => {
  for (const [what, [statements, expected]] of Object.entries(DROPPED)) {
    test(what, async () => {
      const { records, dropped, others } = await capturing(`
        const capture = captureMetrics()
        ${statements}
        return {
          records: capture.records(),
          dropped: capture.dropped(),
          others: capture.dropped(shop.requests),
        }`)
      assert.deepEqual(records, [])
      assert.deepEqual(dropped, [{ ...OF_SHOP, ...expected }])
      assert.deepEqual(others, [])
    })
  }

  test('a record of a timer whose argument has none of its labels is not dropped', async () => {
    const values = await capturing(`
      const capture = captureMetrics()
      performance.now = () => 1
      const answer = { get region() { throw new Error('a getter') } }
      shop.latency.with({ region: 'eu' }).startTimer()(answer)
      shop.latency.startTimer({ region: 'eu' })(answer)
      return [capture.sum(shop.latency), capture.records(shop.latency).length, capture.dropped().length]`)
    assert.deepEqual(values, [0, 2, 0])
  })

  test('a value that is not finite, and labels that throw', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      const thrower = { get region() { throw new Error('a getter') } }
      shop.orders.add(Number.NaN, { region: 'eu', plan: 'pro' })
      shop.orders.add(1, thrower)
      const [first, second] = capture.dropped(shop.orders)
      return [Number.isNaN(first.value), first.reason, second.labels === thrower, second.reason]`)
    assert.deepEqual(result, [true, 'invalidValue', true, 'invalidLabel'])
  })
})

describe('a capture has the records of', () => {
  test('hostedKeyMetrics, by namespace and name', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      const m = hkm.hostedKeyMetrics
      const labels = { provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' }
      m.recordUsed(labels)
      m.recordFailed({ ...labels, reason: 'auth' })
      m.recordCostCharged(0.25, labels)
      m.recordCostCharged(0, labels)
      m.recordThrottled({ ...labels, reason: 'billing_actor_limit' })
      m.recordUpstreamRateLimited(labels)
      m.recordQueueWait(5, { provider: 'openai', reason: 'dimension' })
      m.recordQueueWaitExceeded({ provider: 'openai', reason: 'dimension' })
      m.recordUnknownModelCost({ tool: 'chat' })
      return {
        names: capture.records({ namespace: 'Sim/HostedKey' }).map(({ name }) => name),
        failed: capture.records({ namespace: 'Sim/HostedKey', name: 'Failed' }),
        cost: capture.sum({ namespace: 'Sim/HostedKey', name: 'CostCharged' }, { tool: 'chat' }),
      }`)
    assert.deepEqual(result, {
      names: [
        ...['Used', 'Failed', 'CostCharged', 'Throttled', 'UpstreamRateLimited'],
        ...['QueueWaitDuration', 'QueueWaitExceeded', 'UnknownModelCost'],
      ],
      failed: [
        {
          namespace: 'Sim/HostedKey',
          name: 'Failed',
          unit: 'Count',
          value: 1,
          labels: { provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1', reason: 'auth' },
        },
      ],
      cost: 0.25,
    })
  })

  test('workflowMetrics, by namespace and name', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      const m = hkm.workflowMetrics
      m.recordExecutionStarted({ trigger: 'api' })
      m.recordExecutionCompleted({ trigger: 'api', status: 'success', durationMs: 40 })
      m.recordExecutionPaused({ trigger: 'api' })
      m.recordBlockExecuted({ blockType: 'agent', success: true, durationMs: 30 })
      const of = ({ name, value, labels }) => [name, value, labels]
      return capture.records({ namespace: 'Sim/Workflow' }).map(of)`)
    assert.deepEqual(result, [
      ['ExecutionStarted', 1, { trigger: 'api' }],
      ['ExecutionCompleted', 1, { trigger: 'api', status: 'success' }],
      ['ExecutionDuration', 40, { trigger: 'api', status: 'success' }],
      ['ExecutionPaused', 1, { trigger: 'api' }],
      ['BlockExecuted', 1, { blockType: 'agent', success: true }],
      ['BlockDuration', 30, { blockType: 'agent' }],
    ])
  })

  test('metrics that are defined after it began, and of a copy of the package', async () => {
    const result = await capturing(`
      const capture = captureMetrics()
      const copy = use()
      const late = copy.hkm.defineMetrics({ namespace: 'Late', metrics: { used: copy.hkm.counter() } })
      late.used.add(3)
      copy.hkm.hostedKeyMetrics.recordUsed({ provider: 'p' })
      let refused
      try { copy.captureMetrics() } catch ({ message }) { refused = message }
      return [capture.sum(late.used), capture.records().length, refused]`)
    assert.equal(result[0], 3)
    assert.equal(result[1], 2)
    assert.match(result[2], /^captureMetrics: /)
  })
})
