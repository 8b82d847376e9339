// The clock of the local CloudWatch: what it tells of it, and what it refuses by it.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { slowDrip, status, throttle } from '@sim/local-cloudwatch/faults'
import { datum, NOW, post, put } from '../testkit/peers/local-client.mjs'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let now

beforeEach(() => {
  now = NOW
})

async function started(t) {
  const cloudwatch = await startLocalCloudWatch({ now: () => now })
  t.after(() => cloudwatch.close())
  return cloudwatch
}

/** The header Date of answers in both protocols and in none, to requests that are accepted and that are not. */
async function dates({ endpoint }) {
  const target = 'GraniteServiceVersion20100801.PutMetricData'
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target }
  const answers = [
    await post(endpoint, 'PutMetricData', put(datum())),
    await post(endpoint, 'PutMetricData', put()),
    await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(put()) }),
    await fetch(endpoint, { method: 'POST', headers, body: '{' }),
    await fetch(endpoint),
  ]
  return answers.map((answer) => answer.headers.get('date'))
}

test('each answer carries the time of the clock, also an error and the answer of a fault', async (t) => {
  const cloudwatch = await started(t)
  const time = Array(5).fill('Thu, 15 Jan 2026 00:00:00 GMT')
  for (const fault of [
    undefined,
    throttle(),
    status(500),
    status(200, { body: '<html>' }),
    slowDrip({ delayMs: 0 }),
  ]) {
    cloudwatch.setFault(fault)
    assert.deepEqual(await dates(cloudwatch), time)
  }
})

test('the clock may change at any time, and judges what comes from then on', async (t) => {
  const cloudwatch = await started(t)
  const send = () => post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  const found = []
  for (const passed of [0, 15 * DAY, 14 * DAY, -3 * HOUR, -2 * HOUR]) {
    now = NOW + passed
    const { status: code, headers } = await send()
    assert.equal(headers.get('date'), new Date(now).toUTCString())
    assert.equal(cloudwatch.requests.at(-1).receivedAt.getTime(), now)
    found.push(code)
  }
  assert.deepEqual(found, [200, 400, 200, 400, 200])
})
