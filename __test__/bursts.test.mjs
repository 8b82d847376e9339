// Tests bursts of series while CloudWatch accepts everything, and the order in which records are
// dropped while it does not.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { throttle } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const run = (body, env) =>
  evaluate(body, environment(cloudwatch.endpoint, { ...CREDENTIALS, ...env }))

const arrived = () =>
  cloudwatch.applied().reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0)

const isOverflow = ({ dimensions }) => dimensions.some(({ Value }) => Value === '_overflow')

test('by default, the maximum of series and their overflow lose nothing', async () => {
  const { stats } = await run(
    `for (let tool = 0; tool < 10_100; tool++) m.recordUnknownModelCost({ tool: 'tool-' + tool })
     await hkm.flushMetrics()`
  )
  assert.equal(stats.applied, 10_100)
  assert.equal(arrived(), 10_100)
  assert.equal(
    new Set(cloudwatch.applied().map(({ dimensions }) => dimensions[1].Value)).size,
    10_001
  )
})

test('a burst of more series than maxBufferedDatums loses nothing', async () => {
  const { stats } = await run(
    `for (let round = 0; round < 3; round++)
       for (let tool = 0; tool < 12_000; tool++) m.recordUnknownModelCost({ tool: 'tool-' + tool })
     await hkm.flushMetrics()`,
    { HKM_MAX_SERIES: '20000', HKM_MAX_BUFFERED_DATUMS: '10000' }
  )
  assert.equal(stats.applied, 36_000)
  assert.equal(arrived(), 36_000)
})

/** Runs a program whose first flush is throttled. Its end delivers what is left. */
async function afterThrottling(body, env) {
  cloudwatch.setFault(throttle())
  const { child, ended, message } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, ...env }),
    args: [
      `${body}
       while (!hkm.metricsStats().lastError) await hkm.flushMetrics({ timeoutMs: 100 })
       process.send('tried')
       await new Promise((resolve) => process.once('message', resolve))`,
    ],
  })
  assert.equal(await message(), 'tried')
  cloudwatch.setFault()
  child.send('go')
  const { stats } = await message()
  await ended
  return stats
}

test('while CloudWatch accepts nothing, the overflow series are not the first to be dropped', async () => {
  const stats = await afterThrottling(
    "for (let tool = 0; tool < 60; tool++) m.recordUnknownModelCost({ tool: 'tool-' + tool })",
    { HKM_MAX_SERIES: '50', HKM_MAX_BUFFERED_DATUMS: '20' }
  )
  assert.equal(stats.dropped.bufferFull, 31)
  assert.equal(arrived(), 29)
  const overflow = cloudwatch.applied().filter(isOverflow)
  assert.deepEqual(
    overflow.map(({ counts }) => counts),
    [[10]]
  )
})

test('series with very many values do not cost the others their records', async () => {
  // Five of 640 buckets, 40 bytes each. All others fit, also if a part of them was tried, and a minute ends meanwhile.
  const stats = await afterThrottling(
    `const cost = (value, tool) => m.recordCostCharged(value, { provider: 'acme', tool })
     for (let i = 1; i <= 20_000; i++) {
       for (const tool of 'abcde') cost(i / 1_000, 'exploding-' + tool)
       if (i % 500 === 0) for (let tool = 0; tool < 150; tool++) cost(1, 'tool-' + tool)
     }`,
    { HKM_MAX_BUFFERED_BYTES: '100000' }
  )
  assert.equal(stats.dropped.bufferFull, 0)
  assert.equal(stats.applied, 5 * 20_000 + 40 * 150)
  const totals = new Map()
  for (const { dimensions, values, counts } of cloudwatch.applied()) {
    const tool = dimensions.find(({ Name }) => Name === 'Tool').Value
    const total = totals.get(tool) ?? { count: 0, sum: 0 }
    values.forEach((value, index) => {
      total.count += counts[index]
      total.sum += value * counts[index]
    })
    totals.set(tool, total)
  }
  assert.equal(totals.size, 155)
  for (const [tool, { count, sum }] of totals) {
    const isExploding = tool.startsWith('exploding')
    assert.equal(count, isExploding ? 20_000 : 40, tool)
    assert.ok(Math.abs(sum / (isExploding ? 200_010 : 40) - 1) < 1e-6, `${tool}: ${sum}`)
  }
})
