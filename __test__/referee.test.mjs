// What the package sends means, to an emulator written by others, what was recorded. The local CloudWatch
// gets the same bytes and must answer the same.
//
// Tolerances. Counts, minima and maxima: none. Sums and averages: 1e-9 relative, since each side adds its
// doubles in its own order. Percentiles: CloudWatch publishes no formula, and both emulators interpolate
// linearly at the rank p / 100 * (n - 1); the tests do too, so what is left is rounding, again 1e-9, and 1 %
// for the one series with more than 1,500 distinct values, where values share buckets of that width.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { seriesOf } from '../testkit/definitions/model.mjs'
import { definedDatums } from '../testkit/definitions/workload.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { post, sdk } from '../testkit/peers/local-client.mjs'
import { startReferee, startTee } from '../testkit/peers/referee.mjs'
import { expectations, statisticsOf, valuesBySeries, WIDE } from '../testkit/workload/workload.mjs'

const NAMESPACE = 'Sim/HostedKey'
const ENVIRONMENT = 'test'
const PARTS = [
  { seed: 21, calls: 6_000, wide: true },
  { seed: 22, calls: 2_000 },
]
/** Random definitions, with roll-ups. CloudWatch tells no percentiles of negative values. */
const DEFINED = [
  { definitions: 21, seed: 21, calls: 2_000, isPositive: true },
  { definitions: 22, seed: 22, calls: 2_000, isPositive: true },
]
const BASIC = ['SampleCount', 'Sum', 'Minimum', 'Maximum', 'Average']
const PERCENTILES = ['p50', 'p99']
const STATISTICS = [...BASIC, ...PERCENTILES]
const EXACT = new Set(['SampleCount', 'Minimum', 'Maximum'])
const ROUNDING = 1e-9
const BUCKET_WIDTH = 0.01
const MINUTE = 60
/** Queries of one GetMetricData request. */
const MAX_QUERIES = 500

/** What recorders of the eight metrics record, as random definitions describe it. */
const ofHostedKeys = (parts, name) =>
  expectations(parts, name).map((record) => ({
    namespace: NAMESPACE,
    storageResolution: MINUTE,
    ...record,
  }))

const defined = definedDatums(DEFINED, { environment: ENVIRONMENT, rollups: true })
const records = [...ofHostedKeys(PARTS, ENVIRONMENT), ...defined]
const values = valuesBySeries(records, seriesOf)
const allSeries = [...new Map(records.map((record) => [seriesOf(record), record]))]
/** Two that got the same bytes: ministack and the local CloudWatch. */
let peers
let answers
/** Of the process that records the eight metrics, and of the one that records random ones. */
let stats
let range
const closing = []

/** Both peers have the clock of the machine. */
const clientOf = (endpoint) => sdk(endpoint, Date.now())

before(async () => {
  const referee = await startReferee()
  closing.unshift(referee.stop)
  const local = await startLocalCloudWatch()
  closing.unshift(local.close)
  peers = { ministack: referee.endpoint, 'the local CloudWatch': local.endpoint }
  const tee = await startTee(Object.values(peers))
  closing.unshift(tee.close)
  const played = await playedInto(tee.endpoint, 'workload.mjs', { parts: PARTS })
  const options = { rollups: true }
  const others = await playedInto(tee.endpoint, 'definitions.mjs', { parts: DEFINED, options })
  answers = tee.answers
  stats = [played.stats, others.stats]
  range = minutesAround(played.played[0].startedAt, others.played.at(-1).endedAt)
})

after(async () => {
  for (const close of closing) await close()
})

test('ministack stores what the JavaScript SDK puts, in either protocol', async () => {
  const client = clientOf(peers.ministack)
  const Timestamp = new Date()
  const put = (MetricName) => ({
    Namespace: 'Canary',
    MetricData: [{ MetricName, Value: 3, Timestamp }],
  })
  await client.putMetricData(put('Json'))
  const { headers } = await post(peers.ministack, 'PutMetricData', put('Cbor'))
  assert.equal(headers.get('smithy-protocol'), 'rpc-v2-cbor')
  for (const MetricName of ['Json', 'Cbor']) {
    const { Datapoints } = await client.getMetricStatistics({
      Namespace: 'Canary',
      MetricName,
      ...minutesAround(Timestamp, Timestamp),
      Statistics: ['Sum'],
    })
    assert.deepEqual(
      Datapoints.map(({ Sum }) => Sum),
      [3],
      MetricName
    )
  }
})

test('ministack stores what the package puts', async () => {
  const parts = [{ seed: 20, calls: 20 }]
  const { played } = await playedInto(peers.ministack, 'workload.mjs', { parts }, 'canary')
  const recorded = ofHostedKeys(parts, 'canary')
  const { Datapoints } = await clientOf(peers.ministack).getMetricStatistics({
    ...identity(recorded[0]),
    ...minutesAround(played[0].startedAt, played[0].endedAt),
    Statistics: ['SampleCount', 'Sum'],
  })
  const expected = statisticsOf(valuesBySeries(recorded, seriesOf).get(seriesOf(recorded[0])))
  for (const name of ['SampleCount', 'Sum']) {
    assert.equal(sum(Datapoints.map((point) => point[name])), expected[name], name)
  }
})

test('ministack and the local CloudWatch accept a workload and answer as CloudWatch does', () => {
  const total = (count) => sum(stats.map(count))
  assert.equal(
    total(({ applied, rollups }) => applied + rollups.applied),
    records.length
  )
  assert.equal(
    total(({ possiblyDuplicated }) => possiblyDuplicated),
    0
  )
  assert.equal(answers.length, 2 * total(({ requests }) => requests))
  for (const { endpoint, status, headers } of answers) {
    assert.equal(status, 200, endpoint)
    assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/, endpoint)
    assert.equal(headers.get('smithy-protocol'), 'rpc-v2-cbor', endpoint)
  }
})

test('ministack lists the series that were recorded, and no other', async () => {
  const client = clientOf(peers.ministack)
  const names = ({ MetricName, Dimensions }) =>
    JSON.stringify([MetricName, Dimensions.map(({ Name, Value }) => [Name, Value]).sort()])
  for (const namespace of new Set(records.map((record) => record.namespace))) {
    const Dimensions = namespace === NAMESPACE ? [{ Name: 'Environment', Value: ENVIRONMENT }] : []
    const { Metrics } = await client.listMetrics({ Namespace: namespace, Dimensions })
    const expected = allSeries.filter(([, record]) => record.namespace === namespace)
    assert.deepEqual(
      Metrics.map(names).sort(),
      expected.map(([, record]) => names(identity(record))).sort()
    )
  }
})

for (const peer of ['ministack', 'the local CloudWatch']) {
  test(`${peer} tells the statistics of each series as the records themselves give them`, async () => {
    const found = await overWholeRange(clientOf(peers[peer]))
    for (const [series, record] of allSeries) {
      const { percentile, ...expected } = statisticsOf(valuesIn(peer, series, record))
      for (const name of PERCENTILES) expected[name] = percentile(Number(name.slice(1)))
      const isWide = record.dimensions.some(([, text]) => text === WIDE.provider)
      assertAlike(found.get(series), expected, isWide ? BUCKET_WIDTH : ROUNDING, series)
    }
  })
}

test('ministack and the local CloudWatch tell the same of each series and minute', async () => {
  const [ministack, local] = Object.values(peers).map(clientOf)
  for (const [series, record] of allSeries) {
    if (record.dimensions.length === 0) continue
    const [expected, actual] = [await byMinute(ministack, record), await byMinute(local, record)]
    assert.deepEqual([...actual.keys()], [...expected.keys()], series)
    const counts = [...expected.values()].map(({ SampleCount }) => SampleCount)
    assert.equal(sum(counts), values.get(series).length, series)
    for (const [minute, statistics] of expected) {
      assertAlike(actual.get(minute), statistics, ROUNDING, `${series} at ${minute}`)
    }
  }
})

/** Asked for a series without dimensions, ministack answers for all series of the metric. */
function valuesIn(peer, series, { namespace, metricName, dimensions }) {
  if (peer !== 'ministack' || dimensions.length > 0) return values.get(series)
  return allSeries
    .filter(([, it]) => it.namespace === namespace && it.metricName === metricName)
    .flatMap(([other]) => values.get(other))
}

/** Plays parts of a workload through the package, in a child process. */
async function playedInto(endpoint, program, argument, name = ENVIRONMENT) {
  const { message, ended } = start(program, {
    env: environment(endpoint, { ...CREDENTIALS, NODE_ENV: name }),
    args: [JSON.stringify(argument)],
  })
  const report = await message()
  const { code, stderr } = await ended
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return report
}

/** The minutes from one time to another, both included, as queries name them. */
function minutesAround(from, to) {
  const start = Math.floor(Number(from) / 1_000 / MINUTE) * MINUTE
  const end = (Math.floor(Number(to) / 1_000 / MINUTE) + 1) * MINUTE
  return { StartTime: new Date(start * 1_000), EndTime: new Date(end * 1_000), Period: MINUTE }
}

/** The shortest period, in seconds, that begins in no minute of the range but the first. */
function periodOver({ StartTime, EndTime }) {
  const [first, last] = [StartTime / 1_000, EndTime / 1_000 - MINUTE]
  let period = MINUTE
  while (Math.floor(first / period) !== Math.floor(last / period)) period += MINUTE
  return period
}

/** All dimensions of a series: with fewer, ministack answers for more than it should. */
function identity({ namespace, metricName, dimensions }) {
  const Dimensions = dimensions.map(([Name, Value]) => ({ Name, Value }))
  return { Namespace: namespace, MetricName: metricName, Dimensions }
}

/** Every statistic of every series by GetMetricData, as if the whole range were one period. */
async function overWholeRange(client) {
  const Period = periodOver(range)
  const asked = allSeries.flatMap(([series, record]) =>
    STATISTICS.map((Stat) => ({ series, Stat, Metric: identity(record) }))
  )
  const found = new Map(allSeries.map(([series]) => [series, {}]))
  for (let first = 0; first < asked.length; first += MAX_QUERIES) {
    const batch = asked.slice(first, first + MAX_QUERIES)
    const { MetricDataResults } = await client.getMetricData({
      StartTime: range.StartTime,
      EndTime: range.EndTime,
      MetricDataQueries: batch.map(({ Stat, Metric }, index) => ({
        Id: `q${index}`,
        MetricStat: { Metric, Period, Stat },
      })),
    })
    for (const { Id, Values } of MetricDataResults) {
      const { series, Stat } = batch[Number(Id.slice(1))]
      assert.equal(Values.length, 1, `${Stat} of ${series}`)
      found.get(series)[Stat] = Values[0]
    }
  }
  return found
}

/** Every statistic of one series, minute by minute, by GetMetricStatistics. */
async function byMinute(client, record) {
  const question = { ...identity(record), ...range }
  const { Datapoints } = await client.getMetricStatistics({ ...question, Statistics: BASIC })
  const extended = await client.getMetricStatistics({
    ...question,
    ExtendedStatistics: PERCENTILES,
  })
  const minutes = new Map()
  for (const { Timestamp, Unit, ExtendedStatistics, ...rest } of [
    ...Datapoints,
    ...extended.Datapoints,
  ]) {
    assert.equal(Unit, record.unit)
    const minute = Timestamp.toISOString()
    minutes.set(minute, { ...minutes.get(minute), ...rest, ...ExtendedStatistics })
  }
  return new Map([...minutes].sort())
}

function assertAlike(actual, expected, percentileTolerance, name) {
  for (const statistic of STATISTICS) {
    const tolerance = EXACT.has(statistic)
      ? 0
      : PERCENTILES.includes(statistic)
        ? percentileTolerance
        : ROUNDING
    const [is, should] = [actual?.[statistic], expected[statistic]]
    const isAlike = Math.abs(is - should) <= tolerance * Math.abs(should)
    assert.ok(isAlike, `${statistic} of ${name} is ${is}, not ${should}`)
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
