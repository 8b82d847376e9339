// A CloudWatch that misbehaves: nothing is lost, and nothing doubled where the outcome was known.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  accessDenied,
  expiredToken,
  first,
  hang,
  inOrder,
  outOf,
  poison,
  reset,
  status,
  throttle,
  tooManyDatums,
} from '../local/faults.mjs'
import { startLocalCloudWatch } from '../local/server.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from './harness.mjs'

const RECORD_60 = `
  for (let i = 0; i < 60; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i % 20, key: 'K' })`

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

async function record(statements, endpoint = cloudwatch.endpoint) {
  const end = await evaluate(statements, environment(endpoint, CREDENTIALS))
  return { ...end, records: appliedRecords(cloudwatch) }
}

const page = { body: '<html>Please log in</html>', contentType: 'text/html' }

describe('a request that was certainly not applied is sent again, and counts once', () => {
  for (const [name, fault, counters, warning] of [
    ['throttled 3 of 4 times', outOf(3, 4, throttle()), { throttled: 3 }, /quota/],
    [
      'throttled under the other name',
      first(2, throttle({ queryError: false })),
      { throttled: 2 },
      /quota/,
    ],
    ['access denied', first(1, accessDenied()), {}, /allow cloudwatch:PutMetricData/],
    ['an expired token', first(1, expiredToken()), {}, /expired/],
    ['a page that is not found', first(1, status(404, page)), {}, /could not be reached/],
    ['more than 7 datums a request', tooManyDatums(7), {}, /^$/],
  ]) {
    test(name, async () => {
      cloudwatch.setFault(fault)
      const { records, stats, stderr } = await record(RECORD_60)
      assert.equal(records.length, 60)
      assert.equal(stats.applied, 60)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.equal(stats.requests, cloudwatch.requests.length)
      assert.ok(stats.retries > 0)
      assert.deepEqual({ ...stats, ...counters }, stats)
      assert.match(stderr, warning)
    })
  }
})

describe('a request whose fate is unknown is sent again, and its records are counted as possibly doubled', () => {
  for (const [name, fault, arrived] of [
    ['500', first(1, status(500)), 60],
    ['503', first(1, status(503)), 60],
    ['a connection that is reset before it is applied', first(1, reset({ when: 'before' })), 60],
    ['a connection that is reset after it was applied', first(1, reset({ when: 'after' })), 120],
    ['a captive portal with status 200', first(1, status(200, page)), 60],
    ['no answer at all', inOrder(hang()), 60],
  ]) {
    test(name, async () => {
      cloudwatch.setFault(fault)
      const { records, stats } = await record(RECORD_60)
      assert.equal(records.length, arrived)
      assert.equal(stats.applied, 60)
      assert.equal(stats.possiblyDuplicated, 60)
      assert.notEqual(stats.lastError.code, '')
    })
  }
})

test('of a request that is refused only the culprit is dropped', async () => {
  cloudwatch.setFault(poison((datum) => datum.Dimensions.some(({ Value }) => Value === 'tool-13')))
  const { records, stats, stderr } = await record(RECORD_60)
  assert.equal(records.length, 57)
  assert.ok(records.every((line) => !line.includes('tool-13')))
  assert.equal(stats.dropped.rejected, 3)
  assert.equal(stats.applied, 57)
  assert.match(stderr, /dropped.*InvalidParameterValue/)
})

test('records wait for a CloudWatch that cannot be connected to', async () => {
  const port = await freePort()
  const { stats } = await record(RECORD_60 + UNTIL_A_FAULT, `http://127.0.0.1:${port}`)
  assert.equal(stats.buffered + stats.inFlight, 60)
  assert.equal(stats.applied, 0)
  assert.equal(stats.possiblyDuplicated, 0)
  assert.equal(stats.lastError.code, 'ConnectError')
})

/** A port on loopback that nobody listens at. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
