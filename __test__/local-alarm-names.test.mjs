// The names of metrics and tags that PutMetricAlarm refuses are those that PutMetricData refuses.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let close

beforeEach(async () => {
  ;({ client, close } = await startWithClient())
})

afterEach(() => close())

const CONDITION = {
  AlarmName: 'names',
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
}
const METRIC = { Namespace: 'Shop', MetricName: 'failed' }
const A = { Name: 'A', Value: '1' }

/** An alarm on a metric, and the same in a list of metrics. */
const ways = {
  'on one metric': (members) => ({
    ...CONDITION,
    ...METRIC,
    Statistic: 'Sum',
    Period: 60,
    ...members,
  }),
  'on a list of metrics': (members) => ({
    ...CONDITION,
    Metrics: [
      { Id: 'm1', MetricStat: { Metric: { ...METRIC, ...members }, Period: 60, Stat: 'Sum' } },
    ],
  }),
}

const refused = {
  'an empty metric name': [{ MetricName: '' }, /MetricName is required/],
  'a metric name of 256 characters': [{ MetricName: 'a'.repeat(256) }, /shorter than 256/],
  'a metric name of other characters': [{ MetricName: 'ü' }, /non-ASCII/],
  'a namespace of 256 characters': [{ Namespace: 'a'.repeat(256) }, /shorter than 256/],
  'a namespace of other characters': [{ Namespace: 'ü' }, /Namespace contains/],
  'a namespace with a colon at its start': [{ Namespace: ':x' }, /start with a colon/],
  'a dimension without a value': [{ Dimensions: [{ Name: 'A' }] }, /1.Value is required/],
  'a dimension without a name': [{ Dimensions: [{ Name: '', Value: '1' }] }, /1.Name is required/],
  'a dimension twice': [{ Dimensions: [A, A] }, /the same dimension name twice/],
  '31 dimensions': [
    { Dimensions: Array.from({ length: 31 }, (_, index) => ({ Name: `a${index}`, Value: '1' })) },
    /size greater than 30/,
  ],
}

for (const [way, alarm] of Object.entries(ways)) {
  describe(`an alarm ${way} is refused with`, () => {
    for (const [what, [members, message]] of Object.entries(refused)) {
      test(what, async () => {
        await assert.rejects(client.putMetricAlarm(alarm(members)), { message })
      })
    }
  })

  test(`an alarm ${way} of AWS is accepted`, async () => {
    await client.putMetricAlarm(alarm({ Namespace: 'AWS/EC2', Dimensions: [A] }))
  })
}

describe('a tag is refused with', () => {
  const tags = {
    'no key': [{ Value: 'a' }, /Tags.member.1.Key is required/],
    'an empty key': [{ Key: '', Value: 'a' }, /Tags.member.1.Key is required/],
    'no value': [{ Key: 'a' }, /Tags.member.1.Value is required/],
    'a key of AWS': [{ Key: 'aws:x', Value: 'a' }, /aws:x for parameter Tags.member.1.Key/],
    'a key of 129 characters': [{ Key: 'a'.repeat(129), Value: 'a' }, /Key is invalid/],
    'a value of 257 characters': [{ Key: 'a', Value: 'a'.repeat(257) }, /more than 256/],
  }
  for (const [what, [tag, message]] of Object.entries(tags)) {
    test(what, async () => {
      const alarm = ways['on one metric']({ Tags: [tag] })
      await assert.rejects(client.putMetricAlarm(alarm), { message })
    })
  }
})
