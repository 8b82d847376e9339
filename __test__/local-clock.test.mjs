// The clock of the local CloudWatch: what it tells of it, and what it refuses by it.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { slowDrip, status, throttle } from '@sim/local-cloudwatch/faults'
import { datum, NOW, post, put, sdk } from '../testkit/peers/local-client.mjs'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
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

for (const [what, skew, problem] of [
  ['15 minutes old', -15 * MINUTE],
  ['15 minutes ahead', 15 * MINUTE],
  [
    'older than 15 minutes',
    -16 * MINUTE,
    'Signature expired: 20260114T234400Z is now earlier than 20260114T234500Z (20260115T000000Z - 15 min.)',
  ],
  [
    'more than 15 minutes ahead',
    16 * MINUTE,
    'Signature not yet current: 20260115T001600Z is still later than 20260115T001500Z (20260115T000000Z + 15 min.)',
  ],
]) {
  test(`a signature that is ${what} is ${problem ? 'refused' : 'accepted'}`, async (t) => {
    const cloudwatch = await started(t)
    const signed = new Date(NOW + skew).toISOString().replace(/[-:]|\.000/g, '')
    const headers = { authorization: 'AWS4-HMAC-SHA256', 'x-amz-date': signed }
    const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()), { headers })
    assert.equal(answer.body?.message, problem)
    assert.deepEqual(
      [answer.status, answer.errorCode],
      problem ? [403, 'SignatureDoesNotMatch'] : [200, undefined]
    )
    assert.equal(cloudwatch.applied().length, problem ? 0 : 1)
  })
}

test('an SDK whose clock is off is told so, and signs the next request by the clock of CloudWatch', async (t) => {
  const cloudwatch = await started(t)
  const client = sdk(cloudwatch.endpoint, NOW - 3 * HOUR)
  t.after(() => client.destroy())
  await assert.rejects(client.putMetricData(put(datum())), { Code: 'SignatureDoesNotMatch' })
  await client.putMetricData(put(datum()))
  assert.equal(cloudwatch.applied().length, 1)
})
