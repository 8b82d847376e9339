// Requests within CloudWatch's limits, judged by one that refuses what is past them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

/** Records in a child, and gives every request and the sum of what was applied. */
async function record(statements) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const env = environment(cloudwatch.endpoint, CREDENTIALS)
    const { stats, stderr } = await evaluate(statements, env)
    assert.equal(stderr, '')
    assert.deepEqual([...new Set(cloudwatch.requests.map(({ status }) => status))], [200])
    return { stats, datums: cloudwatch.applied(), requests: cloudwatch.requests }
  } finally {
    await cloudwatch.close()
  }
}

const points = (datums) => datums.flatMap(({ counts }) => counts).reduce((sum, n) => sum + n, 0)

test('more than 1,000 series go in requests of at most 1,000 datums', async () => {
  const { datums, requests, stats } = await record(
    "for (let i = 0; i < 2500; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i, key: 'K' })"
  )
  assert.ok(requests.length >= 3)
  assert.ok(requests.every(({ input }) => input.MetricData.length <= 1_000))
  assert.equal(points(datums), 2_500)
  assert.equal(stats.applied, 2_500)
})

test('more than 150 values of a series go in several datums', async () => {
  const { datums } = await record(
    "for (let i = 0; i < 1000; i++) m.recordQueueWait(i, { provider: 'p', reason: 'dimension' })"
  )
  assert.ok(datums.length >= 7)
  assert.ok(datums.every(({ values }) => values.length <= 150))
  assert.equal(points(datums), 1_000)
})

test('labels and values that would make more than 1 MB are spread over requests', async () => {
  const { datums, requests } = await record(
    `for (let i = 0; i < 500; i++) {
       const provider = ('provider-' + i).padEnd(1024, 'x')
       for (let j = 0; j < 100; j++) m.recordQueueWait(j + 0.5, { provider, reason: 'dimension' })
       m.recordUsed({ provider, tool: 't'.repeat(1024), key: 'K' })
     }`
  )
  assert.ok(requests.length >= 3)
  assert.ok(requests.every(({ rawBytes }) => rawBytes <= 1_000_000))
  assert.ok(
    requests.some(({ rawBytes }) => rawBytes > 700_000),
    'and filled'
  )
  assert.equal(points(datums), 50_500)
})
