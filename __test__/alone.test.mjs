// What needs a machine of its own: the endpoints of AWS by their names, and the system's certificates.
// Each process runs in a network namespace that has only `lo`.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { certificateFile } from '../testkit/certificates/certificates.mjs'
import { CREDENTIALS, UNTIL_A_FAULT } from '../testkit/harness.mjs'
import { runAlone } from '../testkit/namespaces/alone.mjs'
import { NEEDS_NAMESPACES } from '../testkit/platform.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const ENVIRONMENT = {
  ...CREDENTIALS,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'us-east-1',
  NODE_ENV: 'test',
  AWS_CA_BUNDLE: certificateFile('ca.pem'),
}

/** @param {object} cloudwatch as the argument of `programs/alone.mjs` */
const record = (cloudwatch, { env, ...system }) =>
  runAlone('alone.mjs', {
    env: { ...ENVIRONMENT, ...env },
    args: [JSON.stringify({ statements: RECORD, ...cloudwatch })],
    ...system,
  })

describe(
  'without an endpoint, records go to that of the region, over TLS',
  NEEDS_NAMESPACES,
  () => {
    const fips = { AWS_USE_FIPS_ENDPOINT: 'true' }
    const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: 'true' }
    for (const [host, what, env] of [
      ['monitoring.us-east-1.amazonaws.com', 'by default', {}],
      ['monitoring.eu-central-1.amazonaws.com', 'of AWS_REGION', { AWS_REGION: 'eu-central-1' }],
      ['monitoring.cn-north-1.amazonaws.com.cn', 'of HKM_REGION', { HKM_REGION: 'cn-north-1' }],
      ['monitoring-fips.us-east-1.amazonaws.com', 'for FIPS', fips],
      ['monitoring.us-east-1.api.aws', 'for dual-stack', dualStack],
      ['monitoring-fips.us-east-1.api.aws', 'for both', { ...fips, ...dualStack }],
      [
        'monitoring.us-east-1.amazonaws.com',
        'where a configured one is to be ignored',
        {
          AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
          AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
        },
      ],
    ]) {
      test(`${host}, ${what}`, async () => {
        const { stats, hosts, records, stderr } = await record(
          { port: 443, isTls: true },
          { env, files: { '/etc/hosts': `127.0.0.1 ${host}\n` } }
        )
        assert.equal(stats.applied, 1)
        assert.deepEqual(hosts, [host])
        assert.deepEqual(records, ARRIVED)
        assert.equal(stderr, '')
      })
    }
  }
)

describe('a system without CA certificates', NEEDS_NAMESPACES, () => {
  // Where openssl-probe looks.
  const empty = ['/etc/ssl', '/etc/pki', '/opt/etc/ssl', '/etc/security/certificates'].filter(
    (folder) => existsSync(folder)
  )
  const secure = { AWS_ENDPOINT_URL: 'https://127.0.0.1:8443' }
  const server = { port: 8443, isTls: true }

  test("trusts Mozilla's list, as Node does, and says so where that is not enough", async () => {
    const { stats, stderr } = await record(
      { ...server, statements: RECORD + UNTIL_A_FAULT },
      { env: { ...secure, AWS_CA_BUNDLE: undefined }, empty }
    )
    assert.match(stats.lastError.message, /Mozilla's list, because this system has none/)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  })

  test('is no matter with a bundle of its own', async () => {
    const { stats, stderr } = await record(server, { env: secure, empty })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
  })

  test('is no matter for an endpoint without TLS', async () => {
    const { stats, stderr } = await record(
      { port: 8080 },
      { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:8080', AWS_CA_BUNDLE: undefined }, empty }
    )
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
  })
})
