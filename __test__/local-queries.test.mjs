import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { at, datum, NAMESPACE, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let goTo
let close

beforeEach(async () => {
  ;({ client, goTo, close } = await startWithClient())
})

afterEach(() => close())

const BASIC = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum']
const A = { Name: 'A', Value: '1' }
const B = { Name: 'B', Value: '2' }

const send = (...datums) => client.putMetricData(put(...datums))
const spread = (Values, Counts, members) => datum({ Value: undefined, Values, Counts, ...members })
const set = (SampleCount, Sum, Minimum, Maximum) =>
  datum({ Value: undefined, StatisticValues: { SampleCount, Sum, Minimum, Maximum } })

const question = (members) => ({
  Namespace: NAMESPACE,
  MetricName: 'Used',
  StartTime: at(0),
  EndTime: at(60),
  Period: 60,
  ...members,
})

async function statistics(members = { Statistics: ['Sum'] }) {
  const { Datapoints } = await client.getMetricStatistics(question(members))
  return Datapoints
}

async function percentiles(...ExtendedStatistics) {
  const [point] = await statistics({ ExtendedStatistics })
  return point && ExtendedStatistics.map((name) => point.ExtendedStatistics[name])
}

const query = (Id, Stat, members) => ({
  Id,
  MetricStat: {
    Metric: { Namespace: NAMESPACE, MetricName: 'Used' },
    Period: 60,
    Stat,
    ...members,
  },
})

async function series(queries, members) {
  const { MetricDataResults } = await client.getMetricData({
    MetricDataQueries: queries,
    StartTime: at(0),
    EndTime: at(180),
    ...members,
  })
  return MetricDataResults
}

test('counts each value as often as it was counted', async () => {
  await send(spread([10, 20, 40], [5, 3, 2]), datum({ Value: 1 }))
  const [point] = await statistics({ Statistics: BASIC })
  assert.deepEqual(point, {
    Timestamp: at(0),
    Unit: 'None',
    SampleCount: 11,
    Sum: 191,
    Average: 191 / 11,
    Minimum: 1,
    Maximum: 40,
  })
})

test('adds a statistic set to the values of its period', async () => {
  await send(set(4, 10, -1, 5), datum({ Value: 2 }))
  const [{ SampleCount, Sum, Average, Minimum, Maximum }] = await statistics({ Statistics: BASIC })
  assert.deepEqual([SampleCount, Sum, Average, Minimum, Maximum], [5, 12, 2.4, -1, 5])
})

test('interpolates percentiles between the two nearest ranks', async () => {
  await send(spread([1, 2, 3, 4]))
  // Ranks 0, 1.5, 2.7 and 3 of the samples 1, 2, 3, 4.
  assert.deepEqual(await percentiles('p0', 'p50', 'p90', 'p100'), [1, 2.5, 3.7, 4])
})

test('weighs percentiles by counts, whatever the order and however they were split', async () => {
  await send(spread([100, 1], [1, 50]), spread([10], [49]))
  // 100 samples: ranks 0-49 are 1, ranks 50-98 are 10, rank 99 is 100.
  assert.deepEqual(await percentiles('p49', 'p50', 'p51', 'p98.9'), [1, 5.5, 10, 10])
  // Rank 98.901, between 10 and 100.
  const [p999] = await percentiles('p99.9')
  assert.ok(Math.abs(p999 - 91.09) < 1e-9)
})

test('has no percentiles for a period with a negative value', async () => {
  await send(spread([-1, 5]), datum({ Value: 7, Timestamp: at(60) }))
  assert.equal(await percentiles('p50'), undefined)
  const points = await statistics({ ExtendedStatistics: ['p50'], EndTime: at(120) })
  assert.deepEqual(points, [{ Timestamp: at(60), Unit: 'None', ExtendedStatistics: { p50: 7 } }])
  const [{ Minimum }] = await statistics({ Statistics: ['Minimum'] })
  assert.equal(Minimum, -1)
})

test('has no percentiles for a statistic set of different samples', async () => {
  await send(set(2, 3, 1, 2), spread([1]))
  assert.equal(await percentiles('p50'), undefined)
})

test('has percentiles for statistic sets of one sample, or of equal ones', async () => {
  await send(set(1, 5, 5, 5), set(3, 6, 2, 2))
  assert.deepEqual(await percentiles('p0', 'p50', 'p100'), [2, 2, 5])
})

test('takes a period from its start up to, and without, its end', async () => {
  await send(
    datum({ Timestamp: at(-0.001), Value: 1 }),
    datum({ Timestamp: at(0), Value: 10 }),
    datum({ Timestamp: at(59.999), Value: 100 }),
    datum({ Timestamp: at(60), Value: 1_000 })
  )
  assert.deepEqual(
    (await statistics()).map(({ Sum }) => Sum),
    [110]
  )
})

test('aligns periods to the clock', async () => {
  await send(
    datum({ Timestamp: at(299) }),
    datum({ Timestamp: at(300) }),
    datum({ Timestamp: at(301) })
  )
  const points = await statistics({
    Statistics: ['Sum'],
    Period: 300,
    StartTime: at(120),
    EndTime: at(900),
  })
  assert.deepEqual(
    points.map(({ Timestamp, Sum }) => [Timestamp, Sum]),
    [
      [at(0), 1],
      [at(300), 2],
    ]
  )
})

test('rounds the start of a range down to the minute', async () => {
  await send(datum({ Timestamp: at(5) }))
  assert.equal((await statistics({ Statistics: ['Sum'], StartTime: at(30) })).length, 1)
})

test('answers a period below a minute from high-resolution datums alone', async () => {
  await send(
    datum({ Timestamp: at(7.5), StorageResolution: 1 }),
    datum({ Timestamp: at(13), StorageResolution: 1 }),
    datum({ Timestamp: at(13), StorageResolution: 60 })
  )
  const short = { Statistics: ['Sum'], Period: 5 }
  assert.deepEqual(
    (await statistics(short)).map(({ Timestamp, Sum }) => [Timestamp, Sum]),
    [
      [at(5), 1],
      [at(10), 1],
    ]
  )
  assert.equal((await statistics())[0].Sum, 3)
  goTo(at(3 * 3_600 + 1))
  assert.deepEqual(await statistics(short), [])
})

test('finds a metric by exactly its dimensions, in any order', async () => {
  await send(datum({ Dimensions: [A, B], Value: 1 }), datum({ Dimensions: [B, A], Value: 10 }))
  await send(datum({ Dimensions: [A], Value: 100 }), datum({ Value: 1_000 }))
  const sums = async (Dimensions) =>
    (await statistics({ Statistics: ['Sum'], Dimensions })).map(({ Sum }) => Sum)
  assert.deepEqual(await sums([A, B]), [11])
  assert.deepEqual(await sums([B, A]), [11])
  assert.deepEqual(await sums([A]), [100])
  assert.deepEqual(await sums([B]), [])
  assert.deepEqual(await sums(undefined), [1_000])
  assert.deepEqual(await sums([{ ...A, Value: '2' }]), [])
})

test('keeps units apart, and filters by one', async () => {
  await send(datum({ Unit: 'Count', Value: 1 }), datum({ Unit: 'Seconds', Value: 10 }))
  const sums = async (Unit) =>
    (await statistics({ Statistics: ['Sum'], Unit })).map((point) => [point.Unit, point.Sum])
  assert.deepEqual(await sums(undefined), [
    ['Count', 1],
    ['Seconds', 10],
  ])
  assert.deepEqual(await sums('Seconds'), [['Seconds', 10]])
  assert.deepEqual(await sums('None'), [])
})

test('answers up to 1,440 datapoints, and refuses to answer more', async () => {
  const range = { Statistics: ['Sum'], EndTime: at(1_440 * 60) }
  assert.deepEqual(await statistics(range), [])
  await assert.rejects(statistics({ ...range, EndTime: at(1_440 * 60 + 1) }), {
    Code: 'InvalidParameterCombination',
  })
})

const refusedStatistics = [
  ['a start at its end', { StartTime: at(60) }, 'InvalidParameterValue'],
  ['a period of 45 seconds', { Period: 45 }, 'InvalidParameterValue'],
  ['a period of 90 seconds', { Period: 90 }, 'InvalidParameterValue'],
  ['a period of zero', { Period: 0 }, 'InvalidParameterValue'],
  ['an unknown statistic', { Statistics: ['Median'] }, 'InvalidParameterValue'],
  ['an unknown unit', { Unit: 'Parsecs' }, 'InvalidParameterValue'],
  ['no statistic', { Statistics: [] }, 'MissingParameter'],
  ['no period', { Period: undefined }, 'MissingParameter'],
  ['both kinds of statistics', { ExtendedStatistics: ['p50'] }, 'InvalidParameterCombination'],
  ...['p101', 'p', 'p-1', '50', 'tm90'].map((name) => [
    `the percentile ${name}`,
    { Statistics: undefined, ExtendedStatistics: [name] },
    'InvalidParameterValue',
  ]),
]

for (const [what, members, Code] of refusedStatistics) {
  test(`GetMetricStatistics refuses ${what}`, async () => {
    await assert.rejects(statistics({ Statistics: ['Sum'], ...members }), { Code })
  })
}

test('GetMetricData answers a series for each query, newest first unless asked otherwise', async () => {
  await send(spread([1, 3]), datum({ Timestamp: at(60), Value: 7 }), datum({ Timestamp: at(180) }))
  const queries = [query('sum', 'Sum'), query('median', 'p50'), query('count', 'SampleCount')]
  const Timestamps = [at(60), at(0)]
  const common = { Label: 'Used', StatusCode: 'Complete', Timestamps }
  assert.deepEqual(await series(queries), [
    { Id: 'sum', ...common, Values: [7, 4] },
    { Id: 'median', ...common, Values: [7, 2] },
    { Id: 'count', ...common, Values: [1, 2] },
  ])
  const [ascending] = await series(queries, { ScanBy: 'TimestampAscending' })
  assert.deepEqual(ascending.Values, [4, 7])
})

test('GetMetricData leaves out periods without a percentile, and queries not to be returned', async () => {
  await send(datum({ Value: -1 }), datum({ Timestamp: at(60), Value: 7 }))
  const results = await series([query('a', 'p99'), { ...query('b', 'Sum'), ReturnData: false }])
  assert.deepEqual(
    results.map(({ Id, Timestamps, Values }) => [Id, Timestamps, Values]),
    [['a', [at(60)], [7]]]
  )
})

const refusedQueries = [
  ['two queries of one id', [query('a', 'Sum'), query('a', 'Sum')]],
  ['an id that starts with a capital', [query('A', 'Sum')]],
  ['an unknown statistic', [query('a', 'Median')]],
  ['an unknown period', [query('a', 'Sum', { Period: 61 })]],
  ['a query without a metric', [{ Id: 'a' }]],
  ['no query', []],
  ['501 queries', Array.from({ length: 501 }, (_, index) => query(`q${index}`, 'Sum'))],
  ['a range that ends before it starts', [query('a', 'Sum')], { EndTime: at(-60) }],
  ['an unknown order', [query('a', 'Sum')], { ScanBy: 'Random' }],
  ['a maximum of datapoints, which it does not know', [query('a', 'Sum')], { MaxDatapoints: 5 }],
]

for (const [what, queries, members] of refusedQueries) {
  test(`GetMetricData refuses ${what}`, async () => {
    await assert.rejects(series(queries, members), { Code: 'ValidationError' })
  })
}
