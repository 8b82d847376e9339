// The alarms that `hkm-native alarms` makes, played over recorded series: each fires when it should, and not before.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NOW } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

const COMMAND = fileURLToPath(new URL('../cli/main.js', import.meta.url))
/** Seconds: the default of the command. */
const PERIOD = 300

let now
let client
let goTo
let close

beforeEach(async () => {
  now = NOW
  ;({ client, goTo, close } = await startWithClient())
})

afterEach(() => close())

function pass(seconds) {
  now += seconds * 1_000
  goTo(now)
}

const alarmsOf = (...args) =>
  JSON.parse(execFileSync(process.execPath, [COMMAND, 'alarms', ...args], { encoding: 'utf8' }))

async function set(...args) {
  for (const alarm of alarmsOf(...args)) await client.putMetricAlarm(alarm)
}

/** The states of alarms whose names have a part. */
async function states(part) {
  const { MetricAlarms } = await client.describeAlarms({})
  const found = MetricAlarms.filter(({ AlarmName }) => AlarmName.includes(part))
  assert.ok(found.length > 0, `no alarm has the name …${part}…`)
  return Object.fromEntries(
    found.map(({ AlarmName, StateValue }) => [AlarmName.split('-').at(-1), StateValue])
  )
}

const DIMENSIONS = [{ Name: 'Environment', Value: 'production' }]

/** Records datums in the middle of each of a number of periods, and lets these pass. */
async function play(periods, datums, { Namespace = 'Sim/HostedKey', seconds = PERIOD } = {}) {
  for (let period = 0; period < periods; period++) {
    pass(seconds / 2)
    const MetricData = Object.entries(datums).map(([MetricName, value]) => ({
      MetricName,
      Dimensions: DIMENSIONS,
      Timestamp: new Date(now),
      ...(typeof value === 'object' ? value : { Value: value }),
    }))
    if (MetricData.length > 0) await client.putMetricData({ Namespace, MetricData })
    pass(seconds / 2)
    // Alarms are evaluated each minute. Nobody has to ask for it, but a long time is not caught up with.
    await client.describeAlarms({})
  }
}

const FINE = { warning: 'OK', critical: 'OK' }
const WARNING = { warning: 'ALARM', critical: 'OK' }
const CRITICAL = { warning: 'ALARM', critical: 'ALARM' }

describe('the failure rate', () => {
  beforeEach(() => set('hosted-key', '--rollups'))
  const rate = () => states('-failures-')

  test('is fine below its threshold, without failures, and without calls', async () => {
    await play(4, { Used: 96, Failed: 4 })
    assert.deepEqual(await rate(), FINE)
    await play(4, { Used: 100 })
    assert.deepEqual(await rate(), FINE)
    await play(6, {})
    assert.deepEqual(await rate(), FINE)
  })

  test('warns in the third period above it, and not before', async () => {
    await play(4, { Used: 100 })
    await play(2, { Used: 90, Failed: 10 })
    assert.deepEqual(await rate(), FINE)
    await play(1, { Used: 90, Failed: 10 })
    assert.deepEqual(await rate(), WARNING)
    await play(1, { Used: 100 })
    assert.deepEqual(await rate(), FINE)
  })

  test('is critical when everything fails, so that nothing is used', async () => {
    await play(2, { Used: 50 })
    await play(3, { Failed: 50 })
    assert.deepEqual(await rate(), CRITICAL)
  })

  test('says nothing over a few calls', async () => {
    await play(5, { Used: 1, Failed: 18 })
    assert.deepEqual(await rate(), FINE)
    await play(3, { Used: 1, Failed: 19 })
    assert.deepEqual(await rate(), CRITICAL)
  })
})

test('throttling fires in the third period above its threshold', async () => {
  await set('hosted-key', '--rollups')
  await play(3, { Throttled: 10 })
  assert.deepEqual(await states('-throttling-'), FINE)
  await play(2, { Throttled: 11 })
  assert.deepEqual(await states('-throttling-'), FINE)
  await play(1, { Throttled: 11 })
  assert.deepEqual(await states('-throttling-'), WARNING)
  await play(3, { Throttled: 101 })
  assert.deepEqual(await states('-throttling-'), CRITICAL)
  await play(6, {})
  assert.deepEqual(await states('-throttling-'), FINE)
})

describe('waits', () => {
  /** A p99 needs 1,000 samples. */
  const brief = { QueueWaitDuration: { Values: [10, 20, 30], Counts: [400, 400, 200] } }
  const long = { QueueWaitDuration: { Values: [10, 20, 40_000], Counts: [400, 400, 200] } }
  const few = { QueueWaitDuration: { Values: [40_000], Counts: [999] } }
  beforeEach(() => set('hosted-key', '--rollups'))

  test('fire in three of five periods', async () => {
    await play(5, brief)
    await play(2, long)
    assert.deepEqual(await states('-p99-'), FINE)
    await play(2, brief)
    assert.deepEqual(await states('-p99-'), FINE)
    await play(1, long)
    assert.deepEqual(await states('-p99-'), CRITICAL)
  })

  test('do not change the state while they are few', async () => {
    await play(5, brief)
    await play(5, few)
    assert.deepEqual(await states('-p99-'), FINE)
    await play(3, long)
    assert.deepEqual(await states('-p99-'), CRITICAL)
    await play(5, { QueueWaitDuration: { Values: [10], Counts: [999] } })
    assert.deepEqual(await states('-p99-'), CRITICAL)
  })
})

test('cost fires in a day above the budget', async () => {
  await set('hosted-key', '--rollups', '--budget', '80,100')
  const hour = 3_600
  await play(20, { CostCharged: 4 }, { seconds: hour })
  assert.deepEqual(await states('-cost-'), FINE)
  await play(1, { CostCharged: 4 }, { seconds: hour })
  assert.deepEqual(await states('-cost-'), WARNING)
  await play(5, { CostCharged: 4 }, { seconds: hour })
  assert.deepEqual(await states('-cost-'), WARNING)
  await play(3, { CostCharged: 10 }, { seconds: hour })
  assert.deepEqual(await states('-cost-'), CRITICAL)
})

test('silence fires once nothing has arrived for long, and not while something does', async () => {
  await set('hosted-key', '--rollups', '--silence', '900,3600')
  await play(6, { Used: 1 })
  assert.deepEqual(await states('-silence-'), FINE)
  await play(6, { Failed: 1 })
  assert.deepEqual(await states('-silence-'), FINE)
  // CloudWatch looks two periods further back, and fills in as little as it can.
  await play(4, {})
  assert.deepEqual(await states('-silence-'), FINE)
  await play(1, {})
  assert.deepEqual(await states('-silence-'), WARNING)
  await play(9, {})
  assert.deepEqual(await states('-silence-'), CRITICAL)
  await play(1, { Used: 1 })
  assert.deepEqual(await states('-silence-'), FINE)
})
