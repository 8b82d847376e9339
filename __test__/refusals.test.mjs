// A CloudWatch that refuses: a datum or a value is dropped alone, and what is refused for another reason waits.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { first, poison, poisonValue, refuse, status } from '@sim/local-cloudwatch/faults'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { TRANSIENT_CODES } from '../testkit/refusals.mjs'

const RECORDS = 64
const SERIES = 16
const RECORD = `
  for (let i = 0; i < ${RECORDS}; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i % ${SERIES}, key: 'K' });`

/** The most requests of a pass in which everything is refused. */
const MOST_REQUESTS_A_PASS = 40

/** Codes that may blame a datum. */
const DATUM_CODES = [
  'InvalidParameterValue',
  'MissingParameter',
  'InvalidParameterCombination',
  'ValidationError',
  'ValidationException',
]

async function deliver(t, fault, statements = RECORD) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  cloudwatch.setFault(fault)
  const told = await evaluate(statements, environment(cloudwatch.endpoint, CREDENTIALS))
  const { requests } = cloudwatch
  return { records: appliedRecords(cloudwatch), requests, ...told }
}

const dropped = ({ dropped: counts }) => Object.values(counts).reduce((sum, count) => sum + count)

describe('a status of 400 that blames no datum has the request sent again as it is', () => {
  for (const code of ['LimitExceeded', 'MalformedHttpRequestException', ...TRANSIENT_CODES]) {
    for (const queryError of [true, false]) {
      const where = queryError ? '' : ', named by the body alone'
      test(code + where, async (t) => {
        const fault = first(1, status(400, { errorCode: code, queryError }))
        const { records, requests, stats } = await deliver(t, fault)
        assert.equal(records.length, RECORDS)
        assert.deepEqual([dropped(stats), stats.possiblyDuplicated], [0, 0])
        assert.deepEqual(
          requests.map(({ input }) => input.MetricData.length),
          [SERIES, SERIES]
        )
        if (queryError) assert.equal(stats.lastError.code, code)
      })
    }
  }

  test('a page of a proxy, without a code', async (t) => {
    const fault = first(1, status(400, { body: '<html>Bad Request</html>' }))
    const { records, requests, stats } = await deliver(t, fault)
    assert.deepEqual([records.length, requests.length], [RECORDS, 2])
    assert.equal(stats.lastError.code, 'HTTP 400')
  })
})

describe('what CloudWatch refuses as a whole', () => {
  for (const [code, refusals] of [
    // In the middle of a search, where some datums have been refused alone.
    ...DATUM_CODES.map((code) => [code, 20]),
    ['MalformedHttpRequestException', 3],
  ]) {
    test(`waits, and is told once: ${code}`, async (t) => {
      const { stats, stderr, requests } = await deliver(t, refuse(code), RECORD + UNTIL_A_FAULT)
      assert.equal(dropped(stats), 0)
      assert.equal(stats.buffered + stats.inFlight, RECORDS)
      assert.equal(stats.lastError.code, code)
      assert.ok(requests.length <= MOST_REQUESTS_A_PASS, `${requests.length} requests`)
      assert.equal(stderr.split('\n').filter(Boolean).length, 1, stderr)
    })

    test(`arrives once it is accepted: ${code}`, async (t) => {
      const { records, stats } = await deliver(t, first(refusals, refuse(code)))
      assert.equal(records.length, RECORDS)
      assert.deepEqual([dropped(stats), stats.possiblyDuplicated], [0, 0])
    })
  }
})

describe('of a request that is refused only the culprit is dropped', () => {
  const isCulprit = ({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'tool-13')
  for (const errorCode of DATUM_CODES) {
    test(`a series, by ${errorCode}`, async (t) => {
      const { records, stats } = await deliver(t, poison(isCulprit, { errorCode }))
      const culprits = RECORDS / SERIES
      assert.equal(records.length, RECORDS - culprits)
      assert.ok(records.every((line) => !line.includes('tool-13')))
      assert.deepEqual([dropped(stats), stats.dropped.rejected], [culprits, culprits])
      assert.equal(stats.lastError.code, errorCode)
    })
  }

  test('a value among a hundred of its datum', async (t) => {
    const values = Array.from({ length: 100 }, (_, index) => index + 0.5)
    const { records, stats } = await deliver(
      t,
      poisonValue((value) => value === 41.5),
      `for (const value of ${JSON.stringify(values)}) {
        m.recordCostCharged(value, { provider: 'p', tool: 't' })
        m.recordCostCharged(value, { provider: 'p', tool: 'other' })
      }
      m.recordCostCharged(41.5, { provider: 'p', tool: 't' })
      m.recordUsed({ provider: 'p', tool: 't', key: 'K' })`
    )
    assert.equal(records.length, 2 * 99 + 1)
    assert.ok(records.every((line) => !line.endsWith(' 41.5')))
    assert.deepEqual([dropped(stats), stats.dropped.rejected], [3, 3])
  })
})
