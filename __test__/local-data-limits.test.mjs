// GetMetricData: expressions that would fill more than can be held are refused before they are evaluated.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { at, NAMESPACE } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let close

beforeEach(async () => {
  ;({ client, close } = await startWithClient())
})

afterEach(() => close())

const metric = (Id) => ({
  Id,
  MetricStat: { Metric: { Namespace: NAMESPACE, MetricName: Id }, Period: 60, Stat: 'Sum' },
  ReturnData: false,
})

const ask = (queries, members) =>
  client.getMetricData({
    MetricDataQueries: queries,
    StartTime: new Date(0),
    EndTime: at(0),
    ...members,
  })

const refused = { Code: 'ValidationError', message: /fill more than 1000000 datapoints/ }

test('a series that is filled from 1970 on', async () => {
  await assert.rejects(ask([metric('m1'), { Id: 'e', Expression: 'FILL(m1, 0)' }]), refused)
})

test('a series of each second of half a century', async () => {
  await assert.rejects(ask([{ Id: 'e', Expression: 'TIME_SERIES(1)', Period: 1 }]), refused)
})

test('many that are each short enough, also if they are not returned', async () => {
  const day = { StartTime: at(-86_400) }
  const each = (Id) => ({ Id, Expression: 'TIME_SERIES(1)', Period: 1, ReturnData: false })
  const eleven = Array.from({ length: 11 }, (_, index) => each(`e${index}`))
  await ask([...eleven.slice(1), metric('m1'), { Id: 'e', Expression: 'FILL(m1, 0)' }], day)
  const twelve = [...eleven, { ...each('last'), ReturnData: true }]
  await assert.rejects(ask(twelve, day), refused)
})

test('more than 100,800 datapoints in the answer', async () => {
  const days = { StartTime: at(-100_800) }
  const query = { Id: 'e', Expression: 'TIME_SERIES(1)', Period: 1 }
  const { MetricDataResults } = await ask([query], days)
  assert.equal(MetricDataResults[0].Values.length, 100_800)
  await assert.rejects(ask([query], { StartTime: at(-100_801) }), {
    Code: 'ValidationError',
    message: /return more than 100800 datapoints/,
  })
})

test('queries that refer to each other too deeply', async () => {
  const queries = Array.from({ length: 499 }, (_, index) => ({
    Id: `e${index}`,
    Expression: `${'-('.repeat(45)}e${index + 1}${')'.repeat(45)}`,
    ReturnData: index === 0,
  }))
  await assert.rejects(ask([...queries, { ...metric('m1'), Id: 'e499' }]), {
    Code: 'ValidationError',
    message: /Maximum call stack/,
  })
})
