// The region that records are sent to: where it comes from, and what is no region. `credentials.test.mjs` has those of
// profiles and instances.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startInstanceMetadata } from '@sim/local-cloudwatch/credentials'
import { signer } from '@sim/local-cloudwatch/signature'
import { CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const record = (extra, statements = RECORD) =>
  evaluate(statements, environment(cloudwatch.endpoint, { ...CREDENTIALS, ...extra }))

/** The record arrived once, signed for a region that the statistics tell too. */
function assertSentTo(region, { stats }) {
  assert.equal(stats.applied, 1)
  assert.equal(stats.region, region)
  assert.deepEqual(
    cloudwatch.requests.map(({ headers }) => signer(headers).region),
    [region]
  )
}

test('without a region the default is used, and one warning says so', async () => {
  const told = await record(
    { AWS_REGION: undefined },
    `${RECORD} await hkm.flushHostedKeyMetrics(); ${RECORD}`
  )
  assert.equal(told.stats.applied, 2)
  assert.equal(told.stats.region, 'us-east-1')
  assert.match(
    told.stderr,
    /^\S+ No region is set: metrics are sent to us-east-1\. Set AWS_REGION\n$/
  )
})

test('a region that is set is not warned about', async () => {
  const told = await record({ AWS_REGION: 'eusc-de-east-1' })
  assertSentTo('eusc-de-east-1', told)
  assert.equal(told.stderr, '')
})

describe('what cannot be a region is told by the name of its variable, and the next one is used:', () => {
  for (const value of [
    'auto',
    'us east 1',
    'us-east',
    'US-EAST-1',
    'us-east-1a',
    '1',
    'us-east-1.',
    '../x',
    'fips-us-east-1',
  ]) {
    test(`AWS_REGION=${value}, and the default`, async () => {
      const told = await record({ AWS_REGION: value })
      assertSentTo('us-east-1', told)
      const expected = `AWS_REGION is not an AWS region such as us-east-1: ${JSON.stringify(value)}. us-east-1 is used\n`
      assert.ok(told.stderr.endsWith(expected), told.stderr)
      assert.equal(told.stderr.split('\n').length, 2)
    })
  }

  test('AWS_REGION=auto, and AWS_DEFAULT_REGION', async () => {
    const told = await record({ AWS_REGION: 'auto', AWS_DEFAULT_REGION: 'eu-west-1' })
    assertSentTo('eu-west-1', told)
    assert.match(told.stderr, /AWS_REGION is not an AWS region.*"auto"\. eu-west-1 is used/)
  })

  test('both variables', async () => {
    const told = await record({ AWS_REGION: 'auto', AWS_DEFAULT_REGION: 'none' })
    assertSentTo('us-east-1', told)
    assert.match(told.stderr, /AWS_REGION is not .*; AWS_DEFAULT_REGION is not .*us-east-1 is used/)
  })

  test('a key, which is not told', async () => {
    for (const key of ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'AKIAIOSFODNN7EXAMPLE']) {
      const told = await record({ HKM_REGION: key, AWS_REGION: key })
      assertSentTo('us-east-1', told)
      cloudwatch.requests.length = 0
      assert.match(
        told.stderr,
        /HKM_REGION must be an AWS region such as us-east-1, not a text of \d+/
      )
      assert.match(told.stderr, /AWS_REGION is not an AWS region such as us-east-1\. us-east-1 is/)
      assert.ok(!told.stderr.includes(key.slice(0, 8)), told.stderr)
    }
  })

  test('HKM_REGION=auto, and AWS_REGION', async () => {
    const told = await record({ HKM_REGION: 'auto', AWS_REGION: 'eu-west-1' })
    assertSentTo('eu-west-1', told)
    assert.match(told.stderr, /HKM_REGION must be an AWS region such as us-east-1, not "auto"/)
  })
})

test('an instance whose metadata service does not tell its region keeps the records, and says what to set', async () => {
  const metadata = await startInstanceMetadata({ region: '' })
  try {
    const { stats, stderr } = await evaluate(
      RECORD + UNTIL_A_FAULT,
      environment(cloudwatch.endpoint, {
        AWS_REGION: undefined,
        AWS_EC2_METADATA_DISABLED: 'false',
        AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
        HKM_ENABLED: 'true',
      })
    )
    assert.equal(stats.region, undefined)
    assert.equal(stats.buffered + stats.inFlight, 1)
    assert.match(stderr, /the metadata service gave credentials but not the region: set AWS_REGION/)
    assert.equal(cloudwatch.requests.length, 0)
  } finally {
    await metadata.close()
  }
})
