// What was recorded is what CloudWatch gets, for metrics that nobody has thought of.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { differences, tallyOfApplied, tallyOfDatums } from '../testkit/definitions/model.mjs'
import { definedDatums, definedWorkload, definitionsOf } from '../testkit/definitions/workload.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const ENVIRONMENT = 'test'
const SECOND_MS = 1_000
const IS_BUN = /bun/.test(process.env.HKM_TEST_RUNTIME ?? '')

test('the definitions have everything that the tests below are about', () => {
  const definitions = SEEDS.flatMap((seed) => definitionsOf(seed))
  const metrics = definitions.flatMap((definition) => Object.values(definition.metrics))
  const has = (isMet, what) => assert.ok(isMet, what)
  for (const kind of ['counter', 'distribution', 'gauge']) {
    has(
      metrics.some((metric) => metric.kind === kind),
      kind
    )
  }
  const counts = metrics.map(({ dimensions }) => Object.keys(dimensions).length)
  has(counts.includes(0) && Math.max(...counts) >= 26, 'no dimension, and as many as there can be')
  for (const field of ['rollups', 'recommendedRollups']) {
    has(
      metrics.some((metric) => metric[field].some((set) => set.length === 0)),
      `a total in ${field}`
    )
    has(
      metrics.some((metric) => metric[field].some((set) => set.length > 0)),
      field
    )
  }
  has(
    metrics.some(({ dimensions }) => Array.isArray(dimensions) && dimensions.length > 1),
    'a list'
  )
  const specs = metrics.flatMap(({ dimensions }) => Object.values(dimensions))
  for (const field of ['name', 'values', 'optional', 'redact']) {
    has(
      specs.some((spec) => spec[field] !== undefined),
      field
    )
  }
  has(
    definitions.some(({ environment }) => environment === false),
    'no environment'
  )
  has(
    definitions.some(({ defaultDimensions }) => defaultDimensions),
    'default dimensions'
  )
  for (const seconds of [undefined, 1, 60]) {
    has(
      definitions.some(({ storageResolution }) => storageResolution === seconds),
      `${seconds}`
    )
  }
  const calls = SEEDS.flatMap((seed) => [
    ...definedWorkload({ definitions: seed, seed, calls: 500 }),
  ])
  has(calls.some(({ isBound }) => isBound) && calls.some(({ labels }) => labels === undefined))
  has(calls.some(({ value }) => value < 0) && calls.some(({ value }) => Object.is(value, -0)))
})

const SEEDS = [1, 2, 3, 4, 5, 6]

for (const seed of SEEDS) {
  test(`every record of random definitions reaches CloudWatch once, and once in each roll-up: seed ${seed}`, async (t) => {
    const parts = [{ definitions: seed, seed, calls: 3_000 }]
    const options = { rollups: seed % 2 === 0 }
    const { cloudwatch, stats } = await playedBy(t, { parts, options })
    assertDelivered(
      cloudwatch,
      stats,
      definedDatums(parts, { environment: ENVIRONMENT, ...options })
    )
  })
}

test('nothing is different where code must not be made from text', {
  skip: IS_BUN && 'Bun has no such flag',
}, async (t) => {
  const parts = [{ definitions: 8, seed: 8, calls: 3_000 }]
  const { cloudwatch, stats } = await playedBy(t, { parts }, [
    '--disallow-code-generation-from-strings',
  ])
  assertDelivered(cloudwatch, stats, definedDatums(parts, { environment: ENVIRONMENT }))
})

test('threads that define the same metrics share their series, and what they record is added up', async (t) => {
  const [part, ...others] = [7, 8, 9, 10].map((seed) => ({ definitions: 7, seed, calls: 4_000 }))
  const { cloudwatch, stats } = await playedBy(t, { parts: [part], others })
  assertDelivered(cloudwatch, stats, definedDatums([part, ...others], { environment: ENVIRONMENT }))
})

test('a record and its roll-ups belong to the second or the minute that the definition says', async (t) => {
  const parts = [11, 12, 13].map((seed) => ({ definitions: 5, seed, calls: 1_000 }))
  const options = { storageResolution: 1, rollups: true }
  const { cloudwatch, played, stats } = await playedBy(t, { parts, options })
  const process = { environment: ENVIRONMENT, ...options }
  assertDelivered(cloudwatch, stats, definedDatums(parts, process))
  const isOfSeconds = ({ storageResolution }) => storageResolution === 1
  parts.forEach((part, index) => {
    const { startedAt, endedAt } = played[index]
    const ofPart = cloudwatch.applied().filter((datum) => {
      const time = datum.timestamp.getTime()
      return isOfSeconds(datum) && time > startedAt - SECOND_MS && time <= endedAt
    })
    const expected = definedDatums([part], process).filter(isOfSeconds)
    assert.ok(expected.length > 0)
    assert.deepEqual(differences(tallyOfApplied(ofPart), tallyOfDatums(expected)), [])
  })
})

/** Runs a workload against a local CloudWatch of its own. */
async function playedBy(t, argument, runtimeArgs) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  const { message, ended } = start('definitions.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, NODE_ENV: ENVIRONMENT }),
    args: [JSON.stringify(argument)],
    runtimeArgs,
  })
  const report = await message()
  const { code, stderr } = await ended
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return { cloudwatch, ...report }
}

/** All of it arrived in one go, and the counters say so. */
function assertDelivered(cloudwatch, stats, datums) {
  for (const { status, errorCode } of cloudwatch.requests) {
    assert.deepEqual({ status, errorCode }, { status: 200, errorCode: undefined })
  }
  const expected = tallyOfDatums(datums)
  assert.deepEqual(differences(tallyOfApplied(cloudwatch.applied()), expected), [])
  const rollups = datums.filter(({ isRollup }) => isRollup).length
  const records = datums.length - rollups
  const { recorded, applied, buffered, inFlight, possiblyDuplicated, dropped, series } = stats
  assert.deepEqual(
    { recorded, applied, buffered, inFlight, possiblyDuplicated },
    { recorded: records, applied: records, buffered: 0, inFlight: 0, possiblyDuplicated: 0 }
  )
  assert.ok(Object.values(dropped).every((count) => count === 0))
  const { stored, ...others } = stats.rollups
  assert.deepEqual({ stored, applied: others.applied }, { stored: rollups, applied: rollups })
  assert.deepEqual([others.buffered, others.inFlight, others.dropped], [0, 0, 0])
  assert.equal(series, expected.size)
}
