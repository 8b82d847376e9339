// A roll-up has the values of its parts, each once, whatever becomes of the requests.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  accessDenied,
  expiredToken,
  first,
  outOf,
  poison,
  poisonValue,
  reset,
  status,
  throttle,
  tooManyDatums,
} from '@sim/local-cloudwatch/faults'
import fc from 'fast-check'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'
import { linesOf, linesOfRecord } from '../testkit/input/rollups.mjs'

/** A process that records, and the CloudWatch that it sends to. */
class Session {
  static async open(variables) {
    const session = new Session()
    session.cloudwatch = await startLocalCloudWatch()
    // Nothing is sent but by a flush, so that a fault meets all that was recorded.
    const all = { ...CREDENTIALS, HKM_FLUSH_INTERVAL_MS: '3600000', ...variables }
    const env = environment(session.cloudwatch.endpoint, all)
    session.process = start('rollups.mjs', { env })
    session.datums = 0
    session.runs = 0
    session.stats = undefined
    return session
  }

  /** Records, and gives the lines that arrived, and by how much the counters moved. */
  async play({ definitions, records, fault }) {
    const run = this.runs++
    const named = definitions.map((definition) => ({
      ...definition,
      namespace: `${definition.namespace}-${run}`,
    }))
    this.cloudwatch.setFault(fault)
    const told = this.process.message()
    this.process.child.send({ definitions: named, records })
    const { stats, unbalanced } = await told
    assert.deepEqual(unbalanced, [])
    const datums = this.cloudwatch.applied().slice(this.datums)
    this.datums += datums.length
    const before = this.stats
    this.stats = stats
    const moved = (of) => of(stats) - (before ? of(before) : 0)
    return {
      definitions: named,
      records,
      datums,
      lines: linesOf(datums),
      recorded: moved((all) => all.recorded),
      applied: moved((all) => all.applied),
      rejected: moved((all) => all.dropped.rejected),
      doubled: moved((all) => all.possiblyDuplicated),
      series: moved((all) => all.series),
      rollups: Object.fromEntries(
        Object.keys(stats.rollups).map((name) => [name, moved((all) => all.rollups[name])])
      ),
    }
  }

  async close() {
    this.process.child.send({})
    const { code, stderr } = await this.process.ended
    await this.cloudwatch.close()
    assert.equal(code, 0, stderr)
  }
}

/** Checks that each record, whose value no other one has, is once where it belongs and nowhere else. */
function assertExact({ definitions, records, lines, rollups, applied, series }) {
  const left = new Map()
  for (const line of lines) {
    const value = line.slice(line.lastIndexOf(' ') + 1)
    left.set(value, [...(left.get(value) ?? []), line])
  }
  for (const record of records) {
    const found = left.get(String(record.value)) ?? []
    left.delete(String(record.value))
    const expected = linesOfRecord(definitions, record, found)
    assert.deepEqual([...found].sort(), expected.sort(), JSON.stringify(record))
  }
  assert.deepEqual([...left], [])
  assert.equal(applied, records.length)
  assert.equal(rollups.stored, lines.length - records.length)
  assert.deepEqual(rollups.applied, rollups.stored)
  const names = new Set(lines.map((line) => line.slice(0, line.lastIndexOf(' '))))
  assert.equal(series, names.size)
}

const KEYS = ['region', 'plan', 'tool', 'zone']
/** All sets of keys. */
const subsets = ([key, ...others]) =>
  key === undefined ? [[]] : subsets(others).flatMap((set) => [set, [key, ...set]])

const metric = fc
  .record({
    kind: fc.constantFrom('counter', 'distribution', 'gauge'),
    dimensions: fc.subarray(KEYS, { minLength: 1 }),
  })
  .chain(({ dimensions, ...others }) => {
    const smaller = subsets(dimensions).filter((set) => set.length < dimensions.length)
    return fc.record({
      ...Object.fromEntries(
        Object.entries(others).map(([name, value]) => [name, fc.constant(value)])
      ),
      dimensions: fc.constant(dimensions),
      rollups: fc.subarray(smaller),
    })
  })

const definition = fc.record({
  namespace: fc.constantFrom('Test/First', 'Test/Second'),
  storageResolution: fc.constantFrom(undefined, 60, 1),
  maxSeries: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 2 },
    { arbitrary: fc.integer({ min: 1, max: 6 }), weight: 1 }
  ),
  metrics: fc.tuple(metric, metric).map(([orders, latency]) => ({ orders, latency })),
})

const label = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b', 'c'), weight: 6 },
  { arbitrary: fc.constant(undefined), weight: 1 }
)
const records = fc.array(
  fc.record({
    definition: fc.nat(1),
    key: fc.constantFrom('orders', 'latency'),
    labels: fc.record(Object.fromEntries(KEYS.map((key) => [key, label]))),
    isBound: fc.boolean(),
  }),
  { maxLength: 60, size: 'max' }
)

/** Faults after which CloudWatch certainly has nothing of a request, and that end. */
const FAULTS = {
  none: () => undefined,
  throttled: (count) => first(count, throttle()),
  'throttled now and then': (count) => (index) =>
    index < 8 ? outOf(1, count + 1, throttle())(index) : undefined,
  'access denied': (count) => first(count, accessDenied()),
  'an expired token': (count) => first(count, expiredToken()),
  'an outage': (count) => first(count, reset()),
  'errors of the service': (count) => first(count, status(500)),
  'few datums a request': (count) => tooManyDatums(count),
}
const fault = fc.record({
  name: fc.constantFrom(...Object.keys(FAULTS)),
  count: fc.integer({ min: 1, max: 2 }),
})

describe('whatever the definitions, the labels and the outcomes', () => {
  let session
  before(async () => {
    session = await Session.open()
  })
  after(() => session.close())

  test('each value is once in its series, and once in each roll-up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(definition, definition),
        records,
        fault,
        async ([one, other], all, { name, count }) => {
          const apart = { ...other, namespace: `${other.namespace}/Apart` }
          const numbered = all.map((record, index) => ({ ...record, value: index + 1 }))
          const played = await session.play({
            definitions: [one, apart],
            records: numbered.map((record) => only(record, [one, apart])),
            fault: FAULTS[name](count),
          })
          assertExact(played)
        }
      ),
      { numRuns: 60, includeErrorInReport: true }
    )
  })
})

/** A record with the labels that its metric has. */
function only({ labels, ...record }, definitions) {
  const { dimensions } = definitions[record.definition].metrics[record.key]
  const own = Object.entries(labels).filter(
    ([key, value]) => dimensions.includes(key) && value !== undefined
  )
  return { ...record, labels: Object.fromEntries(own) }
}

const SHOP = {
  namespace: 'Test/Shop',
  metrics: {
    orders: { kind: 'distribution', dimensions: ['region', 'plan'], rollups: [['region'], []] },
  },
}
const ORDERS = Array.from({ length: 12 }, (_, index) => ({
  definition: 0,
  key: 'orders',
  value: index + 1,
  labels: { region: ['eu', 'us'][index % 2], plan: ['pro', 'free', 'team'][index % 3] },
}))

describe('of metrics with roll-ups', () => {
  let session
  beforeEach(async () => {
    session = await Session.open()
  })
  afterEach(() => session.close())
  const play = (fault, records = ORDERS, definitions = [SHOP]) =>
    session.play({ definitions, records, fault })

  test('a value that CloudWatch refuses is dropped from its series and from each roll-up', async () => {
    const played = await play(poisonValue((value) => value === 5))
    assertExact({
      ...played,
      records: played.records.filter(({ value }) => value !== 5),
      rollups: { ...played.rollups, stored: played.rollups.applied },
    })
    assert.equal(played.rejected, 1)
    assert.deepEqual(
      [played.rollups.stored, played.rollups.applied, played.rollups.dropped],
      [24, 22, 2]
    )
  })

  test('a series that CloudWatch refuses stays in the roll-ups, and a roll-up that it refuses takes nothing with it', async () => {
    const ofPlan = ({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'team')
    const refused = await play(poison(ofPlan))
    assert.equal(refused.rejected, 4)
    assert.equal(refused.rollups.applied, 24)
    assert.equal(refused.lines.length, 8 + 24)

    const isTotal = ({ Dimensions }) => Dimensions.length === 1
    const without = await play(poison(isTotal))
    assert.deepEqual([without.applied, without.rejected], [12, 0])
    assert.deepEqual([without.rollups.applied, without.rollups.dropped], [12, 12])
  })

  test('an answer that is lost doubles a series and its roll-ups alike, and is counted', async () => {
    const played = await play(first(1, status(500, { when: 'after' })))
    const once = played.lines.filter((_, at) => at % 2 === 0)
    assert.deepEqual(
      played.lines,
      once.flatMap((line) => [line, line])
    )
    assertExact({ ...played, lines: once })
    assert.equal(played.doubled, 12)
  })

  test('past maxSeries, labels are folded and totals stay right', async () => {
    const records = Array.from({ length: 200 }, (_, index) => ({
      definition: 0,
      key: 'orders',
      value: index + 1,
      labels: { region: index < 100 ? 'eu' : `r${index}`, plan: `p${index}` },
    }))
    const played = await play(undefined, records, [{ ...SHOP, maxSeries: 10 }])
    assertExact(played)
    const ofEurope = played.lines.filter((line) => line.includes('{Environment=test,Region=eu} '))
    assert.equal(ofEurope.length, 100)
    // Overflow series and the total come on top.
    assert.equal(played.series, 10 + 3)
  })

  test('two namespaces and two resolutions are apart, and each request has one namespace', async () => {
    const other = { ...SHOP, namespace: 'Test/Other', storageResolution: 1 }
    const records = [
      ...ORDERS,
      ...ORDERS.map((record) => ({ ...record, definition: 1, value: record.value + 100 })),
    ]
    const played = await play(undefined, records, [SHOP, other])
    assertExact(played)
    const inputs = session.cloudwatch.requests.map(({ input }) => input)
    assert.deepEqual(inputs.map(({ Namespace }) => Namespace).sort(), [
      'Test/Other-0',
      'Test/Shop-0',
    ])
    for (const { namespace, storageResolution } of played.datums) {
      assert.equal(storageResolution, namespace === 'Test/Other-0' ? 1 : 60)
    }
  })
})

test('the process waits for a roll-up at its end, also if its records have all arrived', async (t) => {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const failing = throttle()
  let failures = 0
  cloudwatch.setFault({
    meet(exchange, proceed) {
      const { MetricData } = exchange.request.input
      if (MetricData.length > 1) return tooManyDatums(1).meet(exchange, proceed)
      const isTotal = MetricData[0].Dimensions.length === 1
      return isTotal && failures++ < 2 ? failing.meet(exchange, proceed) : proceed()
    },
  })
  const { code, stderr } = await start('expression.mjs', {
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    args: [
      `const { defineMetrics, counter } = hkm
      const { orders } = defineMetrics({
        namespace: 'Test/End',
        metrics: { orders: counter({ dimensions: ['region'], rollups: [[]] }) },
      })
      orders.add(1, { region: 'eu' })
      orders.add(1, { region: 'us' })`,
    ],
  }).ended
  assert.deepEqual({ code, stderr: stderr.replace(/^.*quota.*\n/, '') }, { code: 0, stderr: '' })
  assert.deepEqual(appliedRecords(cloudwatch), [
    'Orders Count {Environment=test,Region=eu} 1',
    'Orders Count {Environment=test,Region=us} 1',
    'Orders Count {Environment=test} 1',
    'Orders Count {Environment=test} 1',
  ])
})

describe('the recommended roll-ups of the catalogues', () => {
  const RECORD = `
    const labels = { provider: 'p', tool: 't', key: 'K', reason: 'auth' }
    m.recordUsed(labels)
    m.recordFailed(labels)
    m.recordCostCharged(0.5, labels)
    m.recordThrottled(labels)
    m.recordQueueWait(5, labels)
    hkm.workflowMetrics.recordExecutionStarted({ trigger: 'api' })
    hkm.workflowMetrics.recordExecutionCompleted({ trigger: 'api', status: 'failed', durationMs: 7 })
    hkm.workflowMetrics.recordBlockExecuted({ blockType: 'b', success: true, durationMs: 8 })`
  const WITHOUT = [
    'BlockDuration Milliseconds {Environment=test,BlockType=b} 8',
    'BlockExecuted Count {Environment=test,BlockType=b,Success=true} 1',
    'CostCharged None {Environment=test,Provider=p,Tool=t} 0.5',
    'ExecutionCompleted Count {Environment=test,Trigger=api,Status=failed} 1',
    'ExecutionDuration Milliseconds {Environment=test,Trigger=api,Status=failed} 7',
    'ExecutionStarted Count {Environment=test,Trigger=api} 1',
    'Failed Count {Environment=test,Provider=p,Tool=t,Key=K,Reason=auth} 1',
    'QueueWaitDuration Milliseconds {Environment=test,Provider=p,Reason=auth} 5',
    'Throttled Count {Environment=test,Provider=p,Tool=t,Reason=auth} 1',
    'Used Count {Environment=test,Provider=p,Tool=t,Key=K} 1',
  ]
  const WITH = [
    'BlockDuration Milliseconds {Environment=test} 8',
    'BlockExecuted Count {Environment=test,Success=true} 1',
    'CostCharged None {Environment=test,Provider=p} 0.5',
    'CostCharged None {Environment=test} 0.5',
    'ExecutionCompleted Count {Environment=test,Status=failed} 1',
    'ExecutionCompleted Count {Environment=test} 1',
    'ExecutionDuration Milliseconds {Environment=test} 7',
    'ExecutionStarted Count {Environment=test} 1',
    'Failed Count {Environment=test,Provider=p} 1',
    'Failed Count {Environment=test,Reason=auth} 1',
    'Failed Count {Environment=test} 1',
    'QueueWaitDuration Milliseconds {Environment=test,Provider=p} 5',
    'QueueWaitDuration Milliseconds {Environment=test} 5',
    'Throttled Count {Environment=test,Provider=p} 1',
    'Throttled Count {Environment=test} 1',
    'Used Count {Environment=test,Provider=p} 1',
    'Used Count {Environment=test} 1',
  ]

  for (const [what, statements, variables, isOn] of [
    ['are not stored by default', '', {}, false],
    ['are stored with HKM_ROLLUPS=true', '', { HKM_ROLLUPS: 'true' }, true],
    ['are stored with rollups: true', 'hkm.configureMetrics({ rollups: true });', {}, true],
    [
      'are not stored with rollups: false, whatever HKM_ROLLUPS',
      'hkm.configureMetrics({ rollups: false });',
      { HKM_ROLLUPS: '1' },
      false,
    ],
    [
      'are not stored if HKM_ROLLUPS is neither true nor false',
      '',
      { HKM_ROLLUPS: 'perhaps' },
      false,
    ],
  ]) {
    test(what, async (t) => {
      const cloudwatch = await startLocalCloudWatch()
      t.after(() => cloudwatch.close())
      const { stats, stderr } = await evaluate(
        statements + RECORD,
        environment(cloudwatch.endpoint, { ...CREDENTIALS, ...variables })
      )
      const lines = isOn ? [...WITHOUT, ...WITH].sort() : WITHOUT
      assert.deepEqual(appliedRecords(cloudwatch), lines)
      assert.equal(stats.recorded, WITHOUT.length)
      const count = lines.length - WITHOUT.length
      assert.deepEqual(stats.rollups, {
        series: count,
        stored: count,
        applied: count,
        buffered: 0,
        inFlight: 0,
        possiblyDuplicated: 0,
        dropped: 0,
      })
      if (variables.HKM_ROLLUPS === 'perhaps') assert.match(stderr, /HKM_ROLLUPS must be true/)
      else assert.equal(stderr, '')
    })
  }
})
