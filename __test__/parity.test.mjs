// What was recorded is what CloudWatch gets: whatever is called, however often, from whichever thread.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { seriesOf } from '../testkit/workload/recorders.mjs'
import {
  expectations,
  statisticsOf,
  valuesBySeries,
  WIDE,
  workload,
} from '../testkit/workload/workload.mjs'

const ENVIRONMENT = 'test'
const MINUTE_MS = 60_000
const SECOND_MS = 1_000
/** Distinct values that a series keeps exactly, in one window. */
const MAX_EXACT_VALUES = 1_500

const recordsOf = (...parts) => expectations(parts, ENVIRONMENT)

test('the workload has every kind of call that the tests below are about', () => {
  const records = recordsOf({ seed: 1, calls: 5_000 })
  const metrics = new Set(records.map(({ metricName }) => metricName))
  assert.equal(metrics.size, 8)
  const lengths = records
    .filter(({ metricName }) => metricName === 'Failed')
    .map(({ dimensions }) => dimensions.length)
  assert.ok(lengths.includes(5) && Math.min(...lengths) < 4, 'complete and incomplete labels')
  const texts = new Set(records.flatMap(({ dimensions }) => dimensions.map(([, text]) => text)))
  for (const text of ['0', '1', '42', 'true', 'false']) assert.ok(texts.has(text), text)
  const waits = records.filter(({ metricName }) => metricName === 'QueueWaitDuration')
  assert.ok(waits.some(({ value }) => value === 0))
  assert.ok(new Set(waits.map(({ value }) => value)).size < waits.length, 'repeated waits')
  const costs = records.filter(({ metricName }) => metricName === 'CostCharged')
  assert.ok(costs.every(({ value }) => value > 0) && costs.some(({ value }) => value < 1e-6))
  for (const values of valuesBySeries(recordsOf({ seed: 2, calls: 200_000 })).values()) {
    assert.ok(new Set(values).size < MAX_EXACT_VALUES)
  }
})

for (const [fixture, way] of [
  ['workload.mjs', 'imported'],
  ['workload.cjs', 'required'],
]) {
  test(`every record of a workload reaches CloudWatch once, from the package ${way}`, async (t) => {
    const part = { seed: 1, calls: 5_000 }
    const { cloudwatch, played, stats } = await playedBy(t, fixture, { parts: [part] })
    assert.deepEqual(differences(appliedRecords(cloudwatch), recordsOf(part)), [])
    assertDeliveredOnce(cloudwatch, stats, recordsOf(part).length)
    for (const { timestamp, storageResolution } of cloudwatch.applied()) {
      assert.equal(storageResolution, 60)
      assertWithin(timestamp, played[0], MINUTE_MS)
    }
  })
}

test('negative waits are recorded as zero and counted as changed', async (t) => {
  const part = { seed: 3, calls: 2_000 }
  const { stats } = await playedBy(t, 'workload.mjs', { parts: [part] })
  const negative = [...workload(part)].filter(
    ({ recorder, args }) => recorder === 'recordQueueWait' && args[0] < 0
  )
  assert.ok(negative.length > 0)
  assert.equal(stats.sanitized, negative.length)
})

test('a record belongs to its own second at a storage resolution of one second', async (t) => {
  const parts = [4, 5, 6].map((seed) => ({ seed, calls: 1_000 }))
  const { cloudwatch, played, stats } = await playedBy(t, 'workload.mjs', {
    parts,
    options: { storageResolution: 1 },
  })
  assertDeliveredOnce(cloudwatch, stats, recordsOf(...parts).length)
  for (const { storageResolution } of cloudwatch.applied()) assert.equal(storageResolution, 1)
  parts.forEach((part, index) => {
    const { startedAt, endedAt } = played[index]
    const ofPart = cloudwatch.applied().filter(({ timestamp }) => {
      const time = timestamp.getTime()
      return time > startedAt - SECOND_MS && time <= endedAt
    })
    for (const { timestamp } of ofPart) assertWithin(timestamp, played[index], SECOND_MS)
    assert.deepEqual(differences(appliedRecords({ applied: () => ofPart }), recordsOf(part)), [])
  })
})

test('nothing is lost when records come many times faster than they are drained', async (t) => {
  const part = { seed: 2, calls: 200_000 }
  const { cloudwatch, stats } = await playedBy(t, 'workload.mjs', { parts: [part] })
  assert.deepEqual(differences(appliedRecords(cloudwatch), recordsOf(part)), [])
  assertDeliveredOnce(cloudwatch, stats, recordsOf(part).length)
})

test('many distinct values keep count, sum and extremes, and percentiles within 1 %', async (t) => {
  const part = { seed: 7, calls: 20_000, wide: true }
  const { cloudwatch, stats } = await playedBy(t, 'workload.mjs', { parts: [part] })
  assertDeliveredOnce(cloudwatch, stats, recordsOf(part).length)

  const isWide = (record) => seriesOf(record).includes(`Provider=${WIDE.provider}`)
  const recorded = recordsOf(part)
    .filter(isWide)
    .map(({ value }) => value)
  assert.ok(new Set(recorded).size > 4 * MAX_EXACT_VALUES)
  const applied = cloudwatch.applied().filter((datum) => isWide(withPairs(datum)))
  const held = applied.flatMap(({ values, counts }) =>
    values.flatMap((value, index) => Array(counts[index]).fill(value))
  )
  assert.ok(new Set(held).size < new Set(recorded).size, 'values share buckets')

  const [expected, actual] = [statisticsOf(recorded), statisticsOf(held)]
  assert.equal(actual.SampleCount, expected.SampleCount)
  assert.equal(actual.Minimum, expected.Minimum)
  assert.equal(actual.Maximum, expected.Maximum)
  assertClose(actual.Sum, expected.Sum, 1e-9, 'Sum')
  for (let percent = 1; percent <= 99; percent++) {
    assertClose(actual.percentile(percent), expected.percentile(percent), 0.01, `p${percent}`)
  }

  const others = appliedRecords({
    applied: () => cloudwatch.applied().filter((datum) => !applied.includes(datum)),
  })
  const isOther = (record) => !isWide(record)
  assert.deepEqual(differences(others, recordsOf(part).filter(isOther)), [])
})

test('what five threads record at once is flushed by the main thread, all of it', async (t) => {
  const shared = { seed: 8, calls: 20_000 }
  const threads = [10, 11, 12, 13, 14].map((seed) => [shared, { seed, calls: 20_000 }])
  const { cloudwatch, stats } = await playedBy(t, 'workload-threads.mjs', threads)
  const recorded = recordsOf(...threads.flat())
  assert.deepEqual(differences(appliedRecords(cloudwatch), recorded), [])
  assertDeliveredOnce(cloudwatch, stats, recorded.length)
})

/** Runs a fixture against a local CloudWatch of its own. */
async function playedBy(t, fixture, argument) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const { message, ended } = start(fixture, {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, NODE_ENV: ENVIRONMENT }),
    args: [JSON.stringify(argument)],
  })
  const report = await message()
  const { code, stderr } = await ended
  assert.equal(stderr, '')
  assert.equal(code, 0)
  return { cloudwatch, ...report }
}

/** No request was refused, none was sent again, and the counters say so and add up. */
function assertDeliveredOnce(cloudwatch, stats, records) {
  for (const { status, errorCode } of cloudwatch.requests) {
    assert.deepEqual({ status, errorCode }, { status: 200, errorCode: undefined })
  }
  const { recorded, applied, buffered, inFlight, dropped } = stats
  const droppedTotal = Object.values(dropped).reduce((total, count) => total + count, 0)
  assert.equal(recorded, applied + buffered + inFlight + droppedTotal)
  assert.deepEqual(
    { recorded, applied, droppedTotal, duplicated: stats.possiblyDuplicated },
    { recorded: records, applied: records, droppedTotal: 0, duplicated: 0 }
  )
  assert.equal(stats.requests, cloudwatch.requests.length)
}

/** The time is the start of a window that the part reached into. */
function assertWithin(timestamp, { startedAt, endedAt }, windowMs) {
  const time = timestamp.getTime()
  assert.equal(time % windowMs, 0, `${timestamp.toISOString()} is not the start of a window`)
  assert.ok(
    time > startedAt - windowMs && time <= endedAt,
    `${timestamp.toISOString()} is elsewhere`
  )
}

function assertClose(actual, expected, relative, name) {
  const isClose = Math.abs(actual - expected) <= relative * Math.abs(expected)
  assert.ok(isClose, `${name} is ${actual}, not ${expected}`)
}

function withPairs({ metricName, unit, dimensions }) {
  return { metricName, unit, dimensions: dimensions.map(({ Name, Value }) => [Name, Value]) }
}

/** Lines that one multiset holds more often than the other; a few are enough to see what is wrong. */
function differences(applied, records) {
  const surplus = new Map()
  const add = (line, count) => surplus.set(line, (surplus.get(line) ?? 0) + count)
  for (const line of applied) add(line, 1)
  for (const record of records) add(`${seriesOf(record)} ${record.value}`, -1)
  return [...surplus].filter(([, count]) => count !== 0).slice(0, 10)
}
