// Delivery over TLS and to a name: what every real endpoint needs.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '../local/server.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from './harness.mjs'

const TLS = new URL('./fixtures/tls/', import.meta.url)
const AUTHORITY = fileURLToPath(new URL('ca.pem', TLS))
const RECORD = "m.recordUsed({ provider: 'p' });"

let cloudwatch
beforeEach(async () => {
  const key = readFileSync(new URL('server.key', TLS))
  const cert = readFileSync(new URL('server.pem', TLS))
  cloudwatch = await startLocalCloudWatch({ tls: { key, cert } })
})
afterEach(() => cloudwatch.close())

const record = (statements, endpoint, extra) =>
  evaluate(statements, environment(endpoint, { ...CREDENTIALS, ...extra }))

for (const host of ['127.0.0.1', 'localhost']) {
  test(`records reach https://${host} under a certificate of AWS_CA_BUNDLE`, async () => {
    const endpoint = cloudwatch.endpoint.replace('127.0.0.1', host)
    const { stats, stderr } = await record(RECORD, endpoint, { AWS_CA_BUNDLE: AUTHORITY })
    assert.equal(stats.applied, 1)
    assert.deepEqual(appliedRecords(cloudwatch), ['Used Count {Environment=test,Provider=p} 1'])
    assert.equal(stderr, '')
  })
}

test('a certificate that nobody vouches for gets nothing, and the records wait', async () => {
  const { stats } = await record(RECORD + UNTIL_A_FAULT, cloudwatch.endpoint, {})
  assert.equal(stats.lastError.code, 'ConnectError')
  assert.match(stats.lastError.message, /certificate/)
  assert.equal(stats.buffered + stats.inFlight, 1)
  assert.equal(stats.possiblyDuplicated, 0)
  assert.equal(cloudwatch.requests.length, 0)
})

for (const [name, file, problem] of [
  ['is not there', 'nowhere.pem', /No such file/],
  ['holds no certificate', 'server.key', /no certificate/],
  ['holds a broken certificate', 'broken.pem', /certificate/],
]) {
  test(`an AWS_CA_BUNDLE that ${name} is warned about, and the system's certificates are used`, async () => {
    const bundle = fileURLToPath(new URL(file, TLS))
    const { stats, stderr } = await record(
      `m.recordUsed({}); await new Promise(setImmediate); ${UNTIL_A_FAULT}`,
      cloudwatch.endpoint,
      { AWS_CA_BUNDLE: bundle }
    )
    assert.match(stderr, /AWS_CA_BUNDLE is not used/)
    assert.match(stderr, problem)
    assert.match(stats.lastError.message, /certificate/)
  })
}
