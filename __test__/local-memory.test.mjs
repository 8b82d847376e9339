// What is kept in memory is bounded by its size, not by its number alone.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { at, datum, NOW, post, put, sdk } from '../testkit/peers/local-client.mjs'

const MIB = 1024 * 1024

let cloudwatch
const closing = []

async function start(keep) {
  cloudwatch = await startLocalCloudWatch({ now: () => NOW, keep })
  closing.push(() => cloudwatch.close())
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

test('the inputs of requests that are kept by number are not kept', async () => {
  await start({ requests: 10 })
  await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  await post(cloudwatch.endpoint, 'PutMetricData', put(datum({ MetricName: '' })))
  assert.deepEqual(
    cloudwatch.requests.map(({ status, input }) => [status, input]),
    [
      [200, undefined],
      [400, undefined],
    ]
  )
})

test('the latest series are kept', async () => {
  await start({ series: 10 })
  const client = sdk(cloudwatch.endpoint)
  closing.unshift(() => client.destroy())
  for (let minute = 0; minute < 100; minute++) {
    const [always, once] = ['always', `once${minute}`]
    const Timestamp = at(60 * (minute - 100))
    await client.putMetricData(
      put(datum({ MetricName: always, Timestamp }), datum({ MetricName: once, Timestamp }))
    )
  }
  const { Metrics } = await client.listMetrics({})
  assert.deepEqual(
    Metrics.map(({ MetricName }) => MetricName).sort(),
    ['always', ...Array.from({ length: 9 }, (_, index) => `once${91 + index}`)].sort()
  )
})

test('a message that quotes a large text is cut', async () => {
  await start()
  const input = { AlarmName: 'a', AlarmActions: ['a'.repeat(MIB)] }
  const { status, body } = await post(cloudwatch.endpoint, 'PutMetricAlarm', input)
  assert.equal(status, 400)
  assert.equal(body.message.length, 100_000)
})

describe('a body that is too large is refused, and none of it is kept:', () => {
  beforeEach(() => start())

  const tooLarge = async (operation, body, options, wireBytes) => {
    const { status, errorCode } = await post(cloudwatch.endpoint, operation, body, options)
    assert.deepEqual([status, errorCode], [413, 'RequestEntityTooLarge'])
    const [request] = cloudwatch.requests
    assert.deepEqual([request.input, request.wireBytes], [undefined, wireBytes])
  }

  test('more than 1 MiB of datums', async () => {
    const input = put(
      ...Array.from({ length: 1_000 }, () => datum({ MetricName: 'a'.repeat(1_100) }))
    )
    const { status } = await post(cloudwatch.endpoint, 'PutMetricData', input)
    assert.equal(status, 413)
    const [{ input: kept, rawBytes }] = cloudwatch.requests
    assert.equal(kept, undefined)
    assert.ok(rawBytes > MIB)
  })

  test('more than 8 MiB of anything', async () => {
    await tooLarge('PutDashboard', Buffer.alloc(8 * MIB + 1), {}, 8 * MIB + 1)
  })

  test('more than 8 MiB after gzip', async () => {
    const zipped = gzipSync(Buffer.alloc(8 * MIB + 1))
    const headers = { 'content-encoding': 'gzip' }
    await tooLarge('PutDashboard', zipped, { headers }, zipped.length)
  })

  test('but not a dashboard of 1 MiB in the JSON of the AWS SDK', async () => {
    const markdown = '"'.repeat(MIB / 2)
    const body = JSON.stringify({ widgets: [{ type: 'text', properties: { markdown } }] })
    const client = sdk(cloudwatch.endpoint)
    closing.unshift(() => client.destroy())
    await client.putDashboard({ DashboardName: 'large', DashboardBody: body })
    const { DashboardBody } = await client.getDashboard({ DashboardName: 'large' })
    assert.equal(DashboardBody, body)
  })
})
