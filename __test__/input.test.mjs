// One bad record never costs a good one, and never the application.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '../local/server.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, run, start } from './harness.mjs'

let cloudwatch
let env
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  env = environment(cloudwatch.endpoint, CREDENTIALS)
})
afterEach(() => cloudwatch.close())

test('recorders return undefined and never throw, and every good record arrives', async () => {
  const { ended, message } = start('hostile.mjs', { env })
  const { surprises, stats } = await message()
  assert.deepEqual(surprises, [])
  assert.equal((await ended).code, 0)

  const { recorded, applied, buffered, inFlight, dropped } = stats
  const droppedTotal = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  assert.equal(recorded, applied + buffered + inFlight + droppedTotal)
  assert.equal(buffered + inFlight, 0)
  assert.equal(dropped.rejected, 0, 'CloudWatch was never sent what it refuses')
  assert.ok(dropped.invalidValue > 0 && dropped.invalidLabel > 0 && stats.sanitized > 0)
  assert.ok(cloudwatch.requests.every((request) => request.status === 200))

  const good = appliedRecords(cloudwatch).filter((record) => record.includes('=good'))
  assert.deepEqual(good, [
    'CostCharged None {Environment=test,Provider=good,Tool=good} 1',
    'Failed Count {Environment=test,Provider=good,Tool=good,Key=GOOD_KEY,Reason=other} 1',
    'QueueWaitDuration Milliseconds {Environment=test,Provider=good,Reason=other} 1',
    'QueueWaitExceeded Count {Environment=test,Provider=good,Reason=other} 1',
    'Throttled Count {Environment=test,Provider=good,Tool=good,Reason=other} 1',
    'UnknownModelCost Count {Environment=test,Tool=good} 1',
    'UpstreamRateLimited Count {Environment=test,Tool=good,Key=GOOD_KEY} 1',
    'Used Count {Environment=test,Provider=good,Tool=good,Key=GOOD_KEY} 1',
  ])
})

/** Records in a child by an expression over `m`, and gives its stats and the records that arrived. */
async function record(statements, extra = {}) {
  const end = await evaluate(statements, { ...env, ...extra })
  return { ...end, records: appliedRecords(cloudwatch) }
}

for (const [value, reason] of [
  ['NaN', 'invalidValue'],
  ['Infinity', 'invalidValue'],
  ['-Infinity', 'invalidValue'],
  ['2 ** 360 * 1.01', 'invalidValue'],
  ['-(2 ** 361)', 'invalidValue'],
  ["'5'", 'invalidValue'],
  ['12n', 'invalidValue'],
]) {
  test(`a queue wait of ${value} is dropped alone and counted`, async () => {
    const labels = "{ provider: 'p', reason: 'dimension' }"
    const { stats, records } = await record(
      `m.recordQueueWait(${value}, ${labels}); m.recordQueueWait(5, ${labels})`
    )
    assert.equal(stats.dropped[reason], 1)
    assert.equal(stats.recorded, 2)
    assert.deepEqual(records, [
      'QueueWaitDuration Milliseconds {Environment=test,Provider=p,Reason=dimension} 5',
    ])
  })
}

test('the largest values that CloudWatch takes are recorded as they are', async () => {
  const { records } = await record(
    "m.recordCostCharged(2 ** 360, { tool: 't' }); m.recordQueueWait(2 ** 360, {})"
  )
  assert.equal(records.length, 2)
  assert.ok(records.every((line) => line.endsWith(` ${2 ** 360}`)))
})

test('a negative wait is recorded as zero and counted, a cost of zero or less is not recorded', async () => {
  const { stats, records } = await record(
    'm.recordQueueWait(-3, {}); m.recordCostCharged(0, {}); m.recordCostCharged(-1, {})'
  )
  assert.deepEqual(records, ['QueueWaitDuration Milliseconds {Environment=test} 0'])
  assert.equal(stats.sanitized, 1)
  assert.equal(stats.recorded, 1)
})

test('labels are made acceptable to CloudWatch', async () => {
  const { stats, records } = await record(
    `m.recordUsed({ provider: '::é\\u0007x', tool: 'a'.repeat(2000), key: ' ' });
     m.recordUsed({ provider: 7, tool: true, key: null })`
  )
  assert.deepEqual(records, [
    'Used Count {Environment=test,Provider=7,Tool=true} 1',
    `Used Count {Environment=test,Provider=??x,Tool=${'a'.repeat(1_024)}} 1`,
  ])
  assert.equal(stats.sanitized, 1)
})

test('a secret given as key never leaves the process, and is warned about without being told', async () => {
  const secret = 'sk-proj-abcdefghijklmnop0123456789'
  const { records, stderr } = await record(
    `for (let i = 0; i < 3; i++) m.recordUsed({ provider: 'p', tool: 't', key: '${secret}' })`
  )
  assert.deepEqual(
    records,
    Array(3).fill('Used Count {Environment=test,Provider=p,Tool=t,Key=[redacted]} 1')
  )
  assert.equal(stderr.match(/looks like a secret/g)?.length, 1)
  assert.doesNotMatch(stderr, /sk-proj/)
})

test('past maxSeries further series fold into one a metric, and no record is lost', async () => {
  const { stats, records, stderr } = await record(
    `for (let i = 0; i < 500; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i, key: 'K' })`,
    { HKM_MAX_SERIES: '20' }
  )
  const folded = records.filter((line) => line.includes('Tool=_overflow'))
  assert.equal(records.length, 500)
  assert.equal(folded.length, 480)
  assert.equal(
    folded[0],
    'Used Count {Environment=test,Provider=_overflow,Tool=_overflow,Key=_overflow} 1'
  )
  assert.equal(stats.series, 21)
  assert.equal(stats.overflowedSeries, 480)
  assert.equal(stderr.match(/maxSeries/g)?.length, 1)
})

test('a harness that forgets loopback does not start', () => {
  const forgotten = [
    { AWS_ENDPOINT_URL: undefined },
    { AWS_ENDPOINT_URL: 'https://monitoring.us-east-1.amazonaws.com' },
    { AWS_EC2_METADATA_DISABLED: undefined },
    { NO_PROXY: undefined },
  ]
  for (const extra of forgotten) {
    assert.throws(() => run('expression.mjs', { env: environment(cloudwatch.endpoint, extra) }))
  }
})
