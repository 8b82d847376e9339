import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { at, datum, NAMESPACE, post, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let cloudwatch
let client
let goTo
let close

beforeEach(async () => {
  ;({ cloudwatch, client, goTo, close } = await startWithClient())
})

afterEach(() => close())

const alarm = (members) => ({
  AlarmName: 'failures',
  Namespace: NAMESPACE,
  MetricName: 'failed',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
  ...members,
})

const record = (second, Value, MetricName = 'failed') =>
  client.putMetricData(put(datum({ MetricName, Value, Timestamp: at(second) })))

async function described(name = 'failures') {
  const { MetricAlarms } = await client.describeAlarms({ AlarmNames: [name] })
  return MetricAlarms[0]
}

const state = async (name) => (await described(name)).StateValue

test('an alarm begins without data, and follows the metric minute by minute', async () => {
  await client.putMetricAlarm(alarm())
  assert.equal(await state(), 'INSUFFICIENT_DATA')
  await record(0, 9)
  await record(60, 1)
  assert.equal(await state(), 'INSUFFICIENT_DATA')
  goTo(at(59))
  assert.equal(await state(), 'INSUFFICIENT_DATA')
  goTo(at(60))
  assert.equal(await state(), 'ALARM')
  goTo(at(120))
  assert.equal(await state(), 'OK')
  goTo(at(600))
  assert.equal(await state(), 'INSUFFICIENT_DATA')
})

test('an alarm tells what it is, since when, and why', async () => {
  const definition = alarm({
    AlarmDescription: 'Too many',
    AlarmActions: ['arn:aws:sns:us-east-1:123456789012:team'],
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
    Dimensions: [{ Name: 'A', Value: '1' }],
  })
  await client.putMetricAlarm(definition)
  goTo(at(60))
  const found = await described()
  assert.deepEqual({ ...found, ...definition }, found)
  assert.equal(found.AlarmArn, 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:failures')
  assert.equal(found.ActionsEnabled, true)
  assert.deepEqual(found.AlarmConfigurationUpdatedTimestamp, at(0))
  assert.deepEqual(found.StateUpdatedTimestamp, at(60))
  assert.match(found.StateReason, /No datapoints were received for 3 periods: OK/)
})

test('the types of CBOR are those of the service model', async () => {
  await client.putMetricAlarm(alarm())
  const { bytes, body } = await post(cloudwatch.endpoint, 'DescribeAlarms', {})
  assert.equal(body.MetricAlarms[0].ActionsEnabled, true)
  // 60 as an integer, and 5 as a double.
  assert.ok(bytes.includes(Buffer.from([...Buffer.from('fPeriod').subarray(0), 0x1a, 0, 0, 0, 60])))
  assert.ok(bytes.includes(Buffer.from([...Buffer.from('iThreshold'), 0xfb, 0x40, 0x14])))
})

// A period per character, oldest first: breaching, not breaching, or missing. Two more periods than EvaluationPeriods
// count. What follows: the state for `missing`, `ignore`, `breaching` and `notBreaching`, before which it was OK.
const three = [
  ['0-X-X', 'OK', 'OK', 'OK', 'OK'],
  ['0----', 'OK', 'OK', 'OK', 'OK'],
  ['-----', 'INSUFFICIENT_DATA', 'OK', 'ALARM', 'OK'],
  ['0XX-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['--X--', 'ALARM', 'OK', 'ALARM', 'OK'],
  ['----X', 'OK', 'OK', 'ALARM', 'OK'],
  ['XXXX0', 'OK', 'OK', 'OK', 'OK'],
]
const twoOfThree = [
  ['0-X-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['00X0X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0-X--', 'OK', 'OK', 'ALARM', 'OK'],
  ['---X-', 'ALARM', 'OK', 'ALARM', 'OK'],
  ['----0', 'OK', 'OK', 'ALARM', 'OK'],
  ['-----', 'INSUFFICIENT_DATA', 'OK', 'ALARM', 'OK'],
  ['XX000', 'OK', 'OK', 'OK', 'OK'],
]
const treatments = ['missing', 'ignore', 'breaching', 'notBreaching']

for (const [DatapointsToAlarm, rows] of [
  [3, three],
  [2, twoOfThree],
]) {
  describe(`${DatapointsToAlarm} of 3 periods`, () => {
    for (const [periods, ...states] of rows) {
      for (const [index, TreatMissingData] of treatments.entries()) {
        test(`${periods} with missing data ${TreatMissingData}: ${states[index]}`, async () => {
          const definition = alarm({ EvaluationPeriods: 3, DatapointsToAlarm, TreatMissingData })
          for (let minute = -5; minute < 0; minute++) await record(minute * 60, 1)
          goTo(at(-60))
          await client.putMetricAlarm(definition)
          goTo(at(0))
          assert.equal(await state(), 'OK')
          for (const [minute, period] of [...periods].entries()) {
            if (period !== '-') await record(minute * 60, period === 'X' ? 9 : 1)
          }
          // It is evaluated each minute from here on.
          goTo(at(299))
          await client.putMetricAlarm(definition)
          goTo(at(300))
          assert.equal(await state(), states[index])
        })
      }
    }
  })
}

test('an alarm with a longer period looks at a window that slides by a minute', async () => {
  await record(240, 9)
  await client.putMetricAlarm(alarm({ Period: 300, TreatMissingData: 'notBreaching' }))
  goTo(at(299))
  assert.equal(await state(), 'OK')
  goTo(at(300))
  assert.equal(await state(), 'ALARM')
  // The window still holds minute 4.
  goTo(at(500))
  assert.equal(await state(), 'ALARM')
})

test('an alarm with a short period is evaluated every ten seconds', async () => {
  await client.putMetricAlarm(alarm({ Period: 10, TreatMissingData: 'notBreaching' }))
  await client.putMetricData(
    put(datum({ MetricName: 'failed', Value: 9, Timestamp: at(3), StorageResolution: 1 }))
  )
  goTo(at(9))
  assert.equal(await state(), 'INSUFFICIENT_DATA')
  goTo(at(10))
  assert.equal(await state(), 'ALARM')
})

for (const [operator, states] of Object.entries({
  GreaterThanThreshold: ['OK', 'OK', 'ALARM'],
  GreaterThanOrEqualToThreshold: ['OK', 'ALARM', 'ALARM'],
  LessThanThreshold: ['ALARM', 'OK', 'OK'],
  LessThanOrEqualToThreshold: ['ALARM', 'ALARM', 'OK'],
})) {
  test(`${operator} compares with the threshold`, async () => {
    await client.putMetricAlarm(alarm({ ComparisonOperator: operator }))
    for (const [minute, value] of [4, 5, 6].entries()) {
      await record(minute * 60, value)
      goTo(at((minute + 1) * 60))
      assert.equal(await state(), states[minute])
    }
  })
}

test('an alarm on a percentile, and one on an expression', async () => {
  const Metrics = [
    query('failed'),
    query('used'),
    { Id: 'rate', Expression: 'IF(SUM([used, failed]) > 3, failed / SUM([used, failed]))' },
  ]
  await client.putMetricAlarm(
    alarm({ AlarmName: 'p90', Statistic: undefined, ExtendedStatistic: 'p90' })
  )
  await client.putMetricAlarm({
    AlarmName: 'rate',
    Metrics,
    EvaluationPeriods: 1,
    Threshold: 0.5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  })
  await record(0, 3)
  await record(60, 6)
  await record(60, 2, 'used')
  goTo(at(60))
  // Three calls are too few for a rate.
  assert.deepEqual([await state('p90'), await state('rate')], ['OK', 'OK'])
  goTo(at(120))
  assert.deepEqual([await state('p90'), await state('rate')], ['ALARM', 'ALARM'])
})

const query = (Id, MetricName = Id, members) => ({
  Id,
  MetricStat: { Metric: { Namespace: NAMESPACE, MetricName }, Period: 60, Stat: 'Sum', ...members },
  ReturnData: false,
})

test('alarms are listed by name, prefix and state, a page at a time, and deleted', async () => {
  for (let number = 0; number < 120; number++) {
    const name = `${number % 2 ? 'odd' : 'even'}-${String(number).padStart(3, '0')}`
    await client.putMetricAlarm(alarm({ AlarmName: name }))
  }
  const first = await client.describeAlarms({})
  assert.equal(first.MetricAlarms.length, 100)
  const second = await client.describeAlarms({ NextToken: first.NextToken })
  assert.equal(second.MetricAlarms.length, 20)
  assert.equal(second.NextToken, undefined)
  const odd = await client.describeAlarms({
    AlarmNamePrefix: 'odd',
    StateValue: 'INSUFFICIENT_DATA',
  })
  assert.equal(odd.MetricAlarms.length, 60)
  assert.deepEqual((await client.describeAlarms({ StateValue: 'ALARM' })).MetricAlarms, [])
  assert.deepEqual(
    (await client.describeAlarms({ AlarmTypes: ['CompositeAlarm'] })).MetricAlarms,
    []
  )
  await client.deleteAlarms({ AlarmNames: odd.MetricAlarms.map(({ AlarmName }) => AlarmName) })
  const left = await client.describeAlarms({})
  assert.equal(left.MetricAlarms.length, 60)
  await assert.rejects(client.deleteAlarms({ AlarmNames: ['odd-001'] }), {
    name: 'ResourceNotFound',
  })
})

describe('an alarm is refused with', () => {
  const metrics = (...Metrics) => ({
    Namespace: undefined,
    MetricName: undefined,
    Statistic: undefined,
    Period: undefined,
    Metrics,
  })
  const sum = { Id: 'e', Expression: 'SUM(METRICS())' }
  const cases = {
    'no name': [{ AlarmName: '' }, /AlarmName is required/],
    'a name of 256 characters': [{ AlarmName: 'a'.repeat(256) }, /AlarmName/],
    'a name with a line break': [{ AlarmName: 'a\nb' }, /AlarmName/],
    'a long description': [{ AlarmDescription: 'a'.repeat(1_025) }, /at most 1024 characters/],
    'an unknown comparison': [
      { ComparisonOperator: 'Above' },
      /Above for parameter ComparisonOperator/,
    ],
    'no threshold': [{ Threshold: undefined }, /Threshold is required/],
    'an unknown treatment of missing data': [
      { TreatMissingData: 'zero' },
      /zero for parameter TreatMissingData/,
    ],
    'more datapoints than periods': [{ DatapointsToAlarm: 2 }, /DatapointsToAlarm/],
    'no period to evaluate': [{ EvaluationPeriods: 0 }, /EvaluationPeriods/],
    'a period of 45 seconds': [{ Period: 45 }, /Period must be 10, 20, 30 or a multiple of 60/],
    'a period of 1 second': [{ Period: 1 }, /Period must be 10, 20, 30 or a multiple of 60/],
    'more than a day of minutes': [{ EvaluationPeriods: 1_441 }, /more than a day/],
    'more than seven days of hours': [
      { Period: 3_600, EvaluationPeriods: 169 },
      /more than seven days/,
    ],
    'no metric': [{ MetricName: undefined }, /MetricName is required/],
    'two statistics': [
      { ExtendedStatistic: 'p90' },
      /Exactly one of Statistic and ExtendedStatistic/,
    ],
    'an unknown statistic': [{ Statistic: 'Median' }, /Median for parameter Statistic/],
    'a percentile above 100': [{ Statistic: undefined, ExtendedStatistic: 'p101' }, /p101/],
    'an unknown unit': [{ Unit: 'Furlongs' }, /Furlongs for parameter Unit/],
    'six actions': [{ AlarmActions: Array(6).fill('arn:aws:sns:a:1:b') }, /at most 5 actions/],
    'an action that is no ARN': [{ OKActions: ['team'] }, /Invalid arn syntax: team/],
    'metrics beside a metric': [
      { Metrics: [query('m')] },
      /Namespace must not be specified beside Metrics/,
    ],
    'metrics of which none is returned': [metrics(query('m')), /Exactly one element/],
    'metrics of which two are returned': [
      metrics(sum, { ...query('m'), ReturnData: true }),
      /Exactly one element/,
    ],
    'eleven metrics': [
      metrics(sum, ...Array.from({ length: 11 }, (_, index) => query(`m${index}`))),
      /at most 10 metrics/,
    ],
    'a search': [
      metrics({ Id: 'e', Expression: "SUM(SEARCH('{A}', 'Sum', 60))", Period: 60 }),
      /SEARCH is not supported on Metric Alarms/,
    ],
    'metrics of two periods': [
      metrics(sum, query('m'), query('n', 'n', { Period: 120 })),
      /Period must be the same/,
    ],
    'an expression that cannot be read': [
      metrics({ Id: 'e', Expression: 'm +' }, query('m')),
      /error in expression: expected a value/,
    ],
    'a member that is not known here': [
      { EvaluationWindow: { SlidingWindow: {} } },
      /EvaluationWindow is not supported/,
    ],
  }
  for (const [what, [members, message]] of Object.entries(cases)) {
    test(what, async () => {
      await assert.rejects(client.putMetricAlarm(alarm(members)), { message })
      assert.deepEqual((await client.describeAlarms({})).MetricAlarms, [])
    })
  }
})
