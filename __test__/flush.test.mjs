// Tests the result of a flush, its timeout, and many flushes at once.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { first, hang, poison, throttle } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const run = (body, env = CREDENTIALS) => evaluate(body, environment(cloudwatch.endpoint, env))

const RECORD = "m.recordUsed({ provider: 'p', tool: 't', key: 'K' })"

describe('a flush says whether all records were delivered', () => {
  test('they were', async () => {
    const { result } = await run(`${RECORD}; return hkm.flushMetrics()`)
    assert.deepEqual(result, { delivered: true, remaining: 0 })
  })

  test('nothing was recorded', async () => {
    const { result } = await run('return hkm.flushMetrics()')
    assert.deepEqual(result, { delivered: true, remaining: 0 })
  })

  test('metrics are off', async () => {
    const { result } = await run(`${RECORD}; return hkm.flushMetrics()`, {
      HKM_ENABLED: 'false',
    })
    assert.deepEqual(result, { delivered: true, remaining: 0 })
  })

  test('they wait after the timeout, and a later flush delivers them', async () => {
    cloudwatch.setFault(first(1, hang()))
    const { result } = await run(
      `${RECORD}; ${RECORD}
       const late = await hkm.flushHostedKeyMetrics({ timeoutMs: 50 })
       return [late, await hkm.flushHostedKeyMetrics({ timeoutMs: 30_000 })]`
    )
    assert.deepEqual(result, [
      { delivered: false, remaining: 2 },
      { delivered: true, remaining: 0 },
    ])
  })

  test('records that are made later do not count as remaining', async () => {
    cloudwatch.setFault(throttle())
    const { result } = await run(
      `${RECORD}
       const flush = hkm.flushMetrics({ timeoutMs: 100 })
       ${RECORD}; ${RECORD}
       return flush`
    )
    assert.deepEqual(result, { delivered: false, remaining: 1 })
  })

  test('another record is refused meanwhile', async () => {
    const { result } = await run(
      `${RECORD}
       const flush = hkm.flushMetrics()
       m.recordQueueWait(Number.NaN, { provider: 'p' })
       return flush`
    )
    assert.deepEqual(result, { delivered: true, remaining: 0 })
  })

  test('one was dropped', async () => {
    cloudwatch.setFault(poison(({ MetricName }) => MetricName === 'CostCharged'))
    const { result } = await run(
      `${RECORD}; m.recordCostCharged(1, { provider: 'p', tool: 't' })
       return hkm.flushMetrics()`
    )
    assert.deepEqual(result, { delivered: false, remaining: 0 })
  })
})

describe('a flush that is shorter than shutdownTimeoutMs does not shorten the end of the process', () => {
  for (const end of ['', 'process.exit(0)']) {
    test(end || 'it ends by itself', async () => {
      cloudwatch.setFault(first(2, throttle()))
      const { ended } = start('ending-statements.mjs', {
        env: environment(cloudwatch.endpoint, CREDENTIALS),
        args: [
          `${RECORD}
           await hkm.flushMetrics({ timeoutMs: 1 })
           ${RECORD}
           ${end}`,
        ],
      })
      const { code, stderr } = await ended
      assert.equal(code, 0)
      assert.doesNotMatch(stderr, /lost/)
      const counts = cloudwatch.applied().flatMap((datum) => datum.counts)
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        2
      )
    })
  }
})

describe('a bad timeout', () => {
  for (const bad of ['-1', 'NaN', 'Infinity', '600_001', "'1000'", 'null', '{}', '10n']) {
    test(`${bad} rejects with an error that names it`, async () => {
      const { result } = await run(
        `${RECORD}
         const told = await hkm.flushMetrics({ timeoutMs: ${bad} }).catch((error) => error)
         return [told.name, told.message, (await hkm.flushMetrics()).delivered]`
      )
      const [name, message, delivered] = result
      assert.equal(name, 'TypeError')
      assert.match(message, /^flushMetrics: timeoutMs must be a number from 0 to 600000, not /)
      assert.ok(delivered)
    })
  }

  test('arguments of an event are ignored', async () => {
    const { result } = await run(
      `${RECORD}
       const all = [0, null, 'x', {}, [], () => {}].map((argument) => hkm.flushMetrics(argument))
       return (await Promise.all(all)).every(({ delivered }) => delivered)`
    )
    assert.ok(result)
  })
})

test('100,000 flushes that nobody awaits double nothing, and cost little memory', async () => {
  const { result, stats } = await run(
    `for (let i = 0; i < 100; i++) { ${RECORD}; hkm.flushMetrics() }
     globalThis.gc?.()
     const before = process.memoryUsage().rss
     for (let i = 0; i < 100_000; i++) { ${RECORD}; hkm.flushMetrics() }
     const grown = process.memoryUsage().rss - before
     return { grown, ...(await hkm.flushMetrics()) }`
  )
  assert.ok(result.delivered)
  assert.ok(result.grown < 100e6, `${result.grown} bytes`)
  assert.equal(stats.possiblyDuplicated, 0)
  const counts = cloudwatch.applied().flatMap((datum) => datum.counts)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    100_100
  )
  assert.ok(stats.requests < 20, `${stats.requests} requests`)
})

test('a worker that flushes in a loop delays neither the records nor the flushes of the main thread', async () => {
  const { result, stats } = await run(
    `const { Worker } = await import('node:worker_threads')
     const { once } = await import('node:events')
     const worker = new Worker(
       \`const hkm = require(process.cwd())
        const loop = async () => {
          for (;;) {
            hkm.hostedKeyMetrics.recordUsed({ provider: 'p', tool: 'loop', key: 'K' })
            hkm.flushMetrics()
            await null
          }
        }
        require('node:worker_threads').parentPort.postMessage('runs')
        loop()\`,
       { eval: true }
     )
     await once(worker, 'message')
     const flushed = []
     for (let i = 0; i < 5; i++) {
       ${RECORD}
       flushed.push((await hkm.flushMetrics()).delivered)
     }
     await worker.terminate()
     const last = await hkm.flushMetrics()
     return { flushed, last }`
  )
  assert.deepEqual(result.flushed, Array(5).fill(true))
  assert.ok(result.last.delivered)
  const arrived = cloudwatch
    .applied()
    .filter(({ dimensions }) => dimensions.some(({ Value }) => Value === 't'))
  assert.equal(
    arrived.flatMap(({ counts }) => counts).reduce((sum, it) => sum + it, 0),
    5
  )
  assert.equal(stats.possiblyDuplicated, 0)
})
