// Memory, deadlines and the bill stay bounded, whatever is recorded and however long CloudWatch is away.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { delay, hang, throttle } from '@sim/local-cloudwatch/faults'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const evaluateWith = (statements, extra = {}) =>
  evaluate(statements, environment(cloudwatch.endpoint, { ...CREDENTIALS, ...extra }))

/** Count and sum of what was applied, by the dimensions that `of` picks. */
function totals(of = () => true) {
  let [count, sum] = [0, 0]
  for (const { values, counts, dimensions } of cloudwatch.applied()) {
    if (!of(dimensions)) continue
    values.forEach((value, index) => {
      count += counts[index]
      sum += value * counts[index]
    })
  }
  return { count, sum }
}

/** Distinct labels before all of them are folded. */
const MAX_SERIES = 1_000
/** The sum of i % 100 over a whole number of hundreds. */
const sumOf = (calls) => (calls / 100) * 4_950

/** A leak of 10 bytes for each further call would be seen; or, where calls are few and labels long, of their text. */
const MOST_BYTES = 9_000_000

/**
 * What the calls add. A leak adds as much in each third of them: three times the middle one, and no less in all. An allocator
 * takes some memory ahead in one third, or goes to and fro.
 */
function growth(steps, of) {
  const grown = [1, 2, 3].map((third) => steps[third][of] - steps[third - 1][of])
  const middle = grown.sort((a, b) => a - b)[1]
  return Math.min(3 * middle, steps[3][of] - steps[0][of])
}

describe('labels that are never the same twice cost no memory, and the totals are exact', () => {
  for (const { shape, some, all, counters, sum, folded } of [
    {
      shape: 'short',
      some: 100_000,
      all: 1_000_000,
      counters: { series: 1_001, overflowedSeries: 999_000, sanitized: 0 },
      sum: sumOf(1_000_000),
      folded: 999_000,
    },
    {
      shape: 'odd',
      some: 300_000,
      all: 1_200_000,
      counters: { series: 1_001, overflowedSeries: 1_199_000, sanitized: 1_200_000 },
      sum: sumOf(1_200_000),
      folded: 1_199_000,
    },
    {
      shape: 'secret',
      some: 300_000,
      all: 1_200_000,
      counters: { series: 1, overflowedSeries: 0, sanitized: 1_200_000 },
      sum: 1_200_000,
      folded: 0,
    },
    {
      shape: 'huge',
      some: 20_000,
      all: 50_000,
      counters: { series: 1_001, overflowedSeries: 49_000, sanitized: 50_000 },
      sum: 50_000,
      folded: 49_000,
    },
    {
      shape: 'blank',
      some: 20_000,
      all: 50_000,
      counters: { series: 1, overflowedSeries: 0, sanitized: 0 },
      sum: sumOf(50_000),
      folded: 0,
    },
  ]) {
    test(`${shape} ones`, async () => {
      const variables = { ...CREDENTIALS, HKM_MAX_SERIES: String(MAX_SERIES) }
      const { message, ended } = start('distinct-labels.mjs', {
        env: environment(cloudwatch.endpoint, variables),
        args: [shape, String(some), String(all)],
        // The space for young objects is at its largest early, and no growth of it is measured.
        runtimeArgs: ['--expose-gc', '--max-semi-space-size=2'],
      })
      const { steps, stats } = await message()
      assert.equal((await ended).code, 0)
      assert.deepEqual({ ...stats, ...counters, recorded: all, applied: all }, stats)
      assert.deepEqual(totals(), { count: all, sum })
      const isOverflow = (dimensions) => dimensions.some(({ Value }) => Value === '_overflow')
      assert.equal(totals(isOverflow).count, folded)

      for (const of of ['heapUsed', 'rss']) {
        const grown = growth(steps, of)
        assert.ok(
          grown < MOST_BYTES,
          `${of} grew by ${grown} bytes in ${all - some} calls: ${JSON.stringify(steps)}`
        )
      }
    })
  }
})

test('the series of a metric with many labels do not make its table large', async () => {
  const SERIES = 20_000
  const { message, ended } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_MAX_SERIES: String(SERIES) }),
    args: [
      `const dimensions = Array.from({ length: 29 }, (_, at) => 'd' + at)
       const { orders } = hkm.defineMetrics({ namespace: 'Many', metrics: { orders: hkm.counter({ dimensions }) } })
       const labels = Object.fromEntries(dimensions.map((key) => [key, 'v']))
       orders.add(1, labels)
       gc()
       const before = process.memoryUsage().heapUsed
       for (let at = 1; at < ${SERIES}; at++) orders.add(1, { ...labels, d7: 'v' + at })
       gc()
       return process.memoryUsage().heapUsed - before`,
    ],
    runtimeArgs: ['--expose-gc'],
  })
  const { result, stats } = await message()
  assert.equal((await ended).code, 0)
  assert.equal(stats.series, SERIES)
  // What is remembered takes some 200 bytes a series. A place of the table takes 240, and each series would have eight.
  assert.ok(result < 20_000_000, `${result} bytes for ${SERIES} series of 29 labels`)
})

test('a label that was cut out of a large text does not keep that text', async () => {
  const { message, ended } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    args: [
      `const label = (i) => Buffer.alloc(1_000_000, 'text-' + i + '-').toString('latin1').slice(500_000, 500_020)
       m.recordUsed({ tool: label(1000) })
       gc()
       const before = process.memoryUsage().heapUsed
       for (let i = 0; i < 50; i++) m.recordUsed({ tool: label(i) })
       gc()
       return process.memoryUsage().heapUsed - before`,
    ],
    runtimeArgs: ['--expose-gc'],
  })
  const { result, stats } = await message()
  await ended
  assert.equal(stats.series, 51)
  assert.ok(result < 5_000_000, `${result} bytes for 50 labels of 20 characters`)
})

test('while CloudWatch refuses, what waits is bounded, and what is dropped is counted, warned about, and of the oldest', async () => {
  cloudwatch.setFault(throttle())
  const { child, ended, message } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      HKM_MAX_BUFFERED_DATUMS: '30',
      HKM_STORAGE_RESOLUTION: '1',
      HKM_FLUSH_INTERVAL_MS: '100',
    }),
    args: [
      `const seen = []
       const look = () => {
         const { dropped, lastError, ...stats } = hkm.hostedKeyMetricsStats()
         seen.push({ ...stats, dropped: dropped.bufferFull, isRefused: lastError !== undefined })
       }
       // Ten series of its own for each second: a point and a datum each, however late a window is filled.
       for (let second = 0; !(seen.at(-1)?.dropped >= 20); second++) {
         for (let i = 0; i < 10; i++) m.recordQueueWait(second, { provider: 'p' + second + '-' + i })
         const now = Math.floor(Date.now() / 1000)
         while (Math.floor(Date.now() / 1000) === now) {
           await new Promise((resolve) => setTimeout(resolve, 50))
           look()
         }
       }
       process.send('dropped')
       await new Promise((resolve) => process.once('message', resolve))
       return seen`,
    ],
  })
  assert.equal(await message(), 'dropped')
  const told = message()
  cloudwatch.setFault()
  child.send('go')
  const { result, stats } = await told
  const { code, stderr } = await ended
  assert.equal(code, 0)

  for (const { recorded, applied, buffered, inFlight, dropped, isRefused } of result) {
    assert.equal(recorded, applied + buffered + inFlight + dropped)
    // Before the first answer, CloudWatch counts as one that accepts.
    if (!isRefused) continue
    assert.ok(buffered <= 30, `${buffered} wait`)
    assert.ok(buffered + inFlight <= 60, `${inFlight} are on their way`)
  }
  const { bufferFull } = stats.dropped
  assert.ok(bufferFull >= 20)
  assert.equal(stats.applied, stats.recorded - bufferFull)
  const records = appliedRecords(cloudwatch)
  assert.equal(records.length, stats.applied)
  // What the seconds are, counted by the child: all of the newest are there.
  const seconds = records.map((record) => Number(record.split(' ').at(-1)))
  const newest = Math.max(...seconds)
  assert.equal(seconds.filter((second) => second === newest).length, 10)
  const [oldest] = [...new Set(seconds)].sort((a, b) => a - b)
  assert.equal(new Set(seconds).size, newest - oldest + 1, 'without a gap')
  assert.ok(oldest > 0, 'the first second is gone')
  assert.match(
    stderr,
    /records were dropped, the oldest first: more than maxBufferedDatums or maxBufferedBytes waited/
  )
  assert.equal(stderr.match(/records were dropped/g).length, 1, 'once a minute')
})

describe('while CloudWatch hangs', () => {
  test('a flush resolves, the records wait, and arrive when it answers again', async () => {
    cloudwatch.setFault(hang())
    const { child, ended, message } = start('expression.mjs', {
      env: environment(cloudwatch.endpoint, CREDENTIALS),
      args: [
        `for (let i = 0; i < 20; i++) m.recordUsed({ tool: 'tool-' + i })
         const flushed = await Promise.all([hkm.flushHostedKeyMetrics(), hkm.flushHostedKeyMetrics()])
         const { buffered, inFlight, applied } = hkm.hostedKeyMetricsStats()
         process.send({ flushed, waiting: buffered + inFlight, applied })
         await new Promise((resolve) => process.once('message', resolve))`,
      ],
    })
    assert.deepEqual(await message(), {
      flushed: Array(2).fill({ delivered: false, remaining: 20 }),
      waiting: 20,
      applied: 0,
    })
    assert.ok(cloudwatch.requests.length <= 3, 'both share an attempt')
    const told = message()
    cloudwatch.setFault()
    child.send('go')
    const { stats } = await told
    assert.equal((await ended).code, 0)
    assert.equal(stats.applied, 20)
    assert.equal(stats.possiblyDuplicated % 20, 0)
    assert.equal(appliedRecords(cloudwatch).length, 20)
  })

  test('the process ends as ever, and waits no longer than it was told to', async () => {
    cloudwatch.setFault(hang())
    const { ended, message } = start('expression.mjs', {
      env: environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_SHUTDOWN_TIMEOUT_MS: '200' }),
      args: ["m.recordUsed({}); process.send('recorded', () => process.exit(7))"],
    })
    await message()
    const { code, signal, stderr } = await ended
    assert.deepEqual({ code, signal }, { code: 7, signal: null })
    assert.equal(
      stderr,
      '[hkm-native] 1 record was lost at the end of the process: ' +
        'CloudWatch did not answer within shutdownTimeoutMs (200 ms)\n'
    )
    // An attempt times out after five seconds, and the next one follows.
    assert.equal(cloudwatch.requests.length, 1)
  })

  test('a process that is asked to end again says so, and does not blame CloudWatch', async () => {
    cloudwatch.setFault(hang())
    const { child, ended, message } = start('expression.mjs', {
      env: environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_SHUTDOWN_TIMEOUT_MS: '60000' }),
      args: ["m.recordUsed({}); setInterval(() => {}, 1000); process.send('recorded')"],
    })
    await message()
    const asking = setInterval(() => child.kill('SIGTERM'), 100)
    const { signal, stderr } = await ended.finally(() => clearInterval(asking))
    assert.equal(signal, 'SIGTERM')
    assert.equal(
      stderr,
      '[hkm-native] 1 record was lost at the end of the process: ' +
        'CloudWatch did not answer before a further signal ended the process\n'
    )
  })
})

test('the process does not blame CloudWatch if it ends before there are credentials', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  try {
    const { ended, message } = start('expression.mjs', {
      env: environment(cloudwatch.endpoint, {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${silent.address().port}/get?secret`,
        HKM_SHUTDOWN_TIMEOUT_MS: '200',
      }),
      args: ["m.recordUsed({}); process.send('recorded', () => process.exit(7))"],
    })
    await message()
    const { code, stderr } = await ended
    assert.equal(code, 7)
    assert.match(
      stderr,
      /process: there were no credentials yet within shutdownTimeoutMs \(200 ms\) from .*_FULL_URI \(http:\/\/127\.0\.0\.1:\d+\/get\)\n$/
    )
    assert.equal(cloudwatch.requests.length, 0)
  } finally {
    silent.closeAllConnections()
    silent.close()
  }
})

test('flushes that overlap share a request, and each says that the records were delivered', async () => {
  cloudwatch.setFault(delay(200))
  const { result, stats } = await evaluateWith(
    `m.recordUsed({ tool: 't' })
     const flushes = Array.from({ length: 50 }, () => hkm.flushHostedKeyMetrics())
     return await Promise.all(flushes)`
  )
  assert.deepEqual(result, Array(50).fill({ delivered: true, remaining: 0 }))
  assert.equal(stats.requests, 1)
  assert.equal(cloudwatch.requests.length, 1)
})
