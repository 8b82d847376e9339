// Alarms on metric math: what is refused, and what happens when an expression fails later.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { at, datum, NAMESPACE, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let goTo
let close

beforeEach(async () => {
  ;({ client, goTo, close } = await startWithClient())
})

afterEach(() => close())

const metric = (Id, members) => ({
  Id,
  MetricStat: { Metric: { Namespace: NAMESPACE, MetricName: Id }, Period: 60, Stat: 'Sum' },
  ReturnData: false,
  ...members,
})

const alarm = (...Metrics) => ({
  AlarmName: 'expression',
  Metrics,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
})

const onExpression = (Expression, ...more) =>
  alarm({ Id: 'e1', Expression }, metric('m1'), metric('m2'), ...more)

const record = (MetricName, second, Value) =>
  client.putMetricData(put(datum({ MetricName, Value, Timestamp: at(second) })))

describe('an alarm is refused that', () => {
  const e2 = (Expression) => ({ Id: 'e2', Expression, ReturnData: false })
  const cases = {
    'refers to a query that is not there': [onExpression('m1 + mx'), /no query with the Id mx/],
    'refers to one in a branch that is not taken': [onExpression('IF(1, m1, mx)'), /the Id mx/],
    'calls a function that is not there': [onExpression('FOO(m1)'), /no function FOO/],
    'returns a number of a series': [onExpression('AVG(m1)'), /must be a time series/],
    'returns a number': [onExpression('5'), /must be a time series/],
    'refers to itself': [onExpression('e1 + m1'), /e1 refers to itself/],
    'refers to itself through another': [onExpression('e2', e2('e1')), /refers to itself/],
    'has a helper that cannot be evaluated': [
      onExpression('m1', e2('NOPE(m1)')),
      /no function NOPE/,
    ],
    'returns two series': [onExpression('METRICS()'), /a single time series. It returns 2/],
    'returns two series where there is data': [
      onExpression('REMOVE_EMPTY(METRICS())'),
      /a single time series/,
    ],
    'has an expression of another period': [
      alarm({ Id: 'e1', Expression: 'm1', Period: 300 }, metric('m1')),
      /Period must be the same/,
    ],
  }
  for (const [what, [input, message]] of Object.entries(cases)) {
    test(what, async () => {
      await assert.rejects(client.putMetricAlarm(input), { Code: 'ValidationError', message })
      assert.deepEqual((await client.describeAlarms({})).MetricAlarms, [])
    })
  }
})

for (const expression of [
  'm1 / m2',
  'SUM(METRICS())',
  'FILL(m1, 0)',
  'FIRST(REMOVE_EMPTY(METRICS()))',
  'IF(SUM(m1) > 0, SUM(m1), m1)',
  'TIME_SERIES(1)',
]) {
  test(`an alarm on ${expression} is accepted`, async () => {
    await client.putMetricAlarm(onExpression(expression))
  })
}

test('an alarm on a metric of a unit is accepted', async () => {
  const { MetricStat } = metric('m1')
  const ofUnit = metric('m1', { MetricStat: { ...MetricStat, Unit: 'Seconds' }, ReturnData: true })
  await client.putMetricAlarm(alarm(ofUnit))
})

test('an expression that fails on some data is the problem of its alarm alone', async () => {
  await client.putMetricAlarm(onExpression('IF(SUM(m1) > 0, SUM(m1), m1)'))
  await client.putMetricAlarm({ ...onExpression('m1 * 2'), AlarmName: 'other' })
  await record('m1', 0, 9)
  goTo(at(60))
  const { MetricAlarms } = await client.describeAlarms({})
  const [failing, other] = MetricAlarms
  assert.equal(other.StateValue, 'ALARM')
  assert.equal(failing.StateValue, 'INSUFFICIENT_DATA')
  assert.match(failing.StateReason, /error in expression: the result must be a time series/)
  await record('m1', 600, 0)
  goTo(at(660))
  const [again] = (await client.describeAlarms({ AlarmNames: ['expression'] })).MetricAlarms
  assert.equal(again.StateValue, 'OK')
})

describe('a percentile that is not evaluated over few samples', () => {
  const ofPercentile = (ExtendedStatistic, EvaluateLowSampleCountPercentile) => ({
    AlarmName: 'percentile',
    Namespace: NAMESPACE,
    MetricName: 'm1',
    ExtendedStatistic,
    EvaluateLowSampleCountPercentile,
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
  })
  const stateAfter = async (samples, minute = 0) => {
    const members = { Value: undefined, Values: [9], Counts: [samples], MetricName: 'm1' }
    await client.putMetricData(put(datum({ ...members, Timestamp: at(minute * 60) })))
    goTo(at(minute * 60 + 60))
    return (await client.describeAlarms({})).MetricAlarms[0]
  }
  for (const [statistic, least] of [
    ['p99', 1_000],
    ['p99.9', 10_000],
    ['p50', 20],
    ['p10', 100],
    ['p70', 34],
  ]) {
    test(`${statistic} needs ${least}`, async () => {
      await client.putMetricAlarm(ofPercentile(statistic, 'ignore'))
      const { StateValue, StateReason } = await stateAfter(least - 1)
      assert.equal(StateValue, 'INSUFFICIENT_DATA')
      assert.match(StateReason, new RegExp(`${least - 1} samples are fewer than ${least}`))
      assert.equal((await stateAfter(least, 1)).StateValue, 'ALARM')
    })
  }

  for (const treatment of ['evaluate', undefined]) {
    test(`is evaluated with ${treatment}`, async () => {
      await client.putMetricAlarm(ofPercentile('p99', treatment))
      assert.equal((await stateAfter(1)).StateValue, 'ALARM')
    })
  }
})
