// Why metrics are off: nobody is told where that is normal, and one warning gives the reason where they were wanted.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environment, evaluate } from '../testkit/harness.mjs'

const NOWHERE = 'http://127.0.0.1:9'
const NONE = /^no credentials in the environment: /
const OFF = /^\[hkm-native\] Metrics are off: /

const ID = { AWS_ACCESS_KEY_ID: 'AKIDLOCAL' }
const SECRET = { AWS_SECRET_ACCESS_KEY: 'local' }
// The harness wants an endpoint with a token.
const TOKEN = { AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent', AWS_ENDPOINT_URL_STS: NOWHERE }
const ROLE = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/r' }
const ASSUMED = { HKM_ROLE_ARN: ROLE.AWS_ROLE_ARN, AWS_ENDPOINT_URL_STS: NOWHERE }

/** Records in the main thread and in two workers. */
const RECORD = `
  const { Worker } = await import('node:worker_threads')
  const { once } = await import('node:events')
  m.recordUsed({ provider: 'p' })
  const code = \`
    const { hostedKeyMetrics } = require(\${JSON.stringify(process.argv[1])}.replace(/testkit.*/, 'index.js'))
    hostedKeyMetrics.recordUsed({ provider: 'p' })\`
  for (let count = 0; count < 2; count++) await once(new Worker(code, { eval: true }), 'exit')`

for (const [what, variables, reason, warning] of [
  ['nothing is set', {}, NONE],
  ['a profile is set', { AWS_PROFILE: 'dev', HOME: '/nonexistent' }, NONE],
  ['a role is set', ROLE, NONE],
  [
    'metrics are disabled',
    { ...ID, ...SECRET, HKM_ENABLED: 'false' },
    /^disabled by configuration$/,
  ],
  [
    'the switch is misspelt',
    { ...ID, ...SECRET, HKM_ENABLED: 'flase' },
    /^HKM_ENABLED must be .*, not "flase"$/,
    /HKM_ENABLED must be .*; metrics are off$/,
  ],
  [
    'the external id of a role is none',
    { ...ID, ...SECRET, ...ASSUMED, HKM_ROLE_EXTERNAL_ID: '?' },
    /^HKM_ROLE_EXTERNAL_ID must be .*, not "…"$/,
    /HKM_ROLE_EXTERNAL_ID must be .*; metrics are off$/,
  ],
  [
    'an external id is set without a role',
    { ...ID, ...SECRET, HKM_ROLE_EXTERNAL_ID: 'id' },
    /^roleExternalId or HKM_ROLE_EXTERNAL_ID is set, but neither roleArn nor HKM_ROLE_ARN$/,
    /HKM_ROLE_EXTERNAL_ID is set, .*; metrics are off$/,
  ],
  [
    'a role is set that only a profile could assume',
    { ...ASSUMED, AWS_PROFILE: 'dev', HOME: '/nonexistent' },
    /^a role is set, .*HKM_ENABLED=true/,
    OFF,
  ],
  ['an endpoint is set for all clients of AWS', { AWS_ENDPOINT_URL: NOWHERE }, NONE],
  [
    'a local endpoint is set for CloudWatch alone',
    { HKM_ENDPOINT: NOWHERE },
    /^an endpoint on this machine is set, .*AWS_ACCESS_KEY_ID/,
    OFF,
  ],
  [
    'only the id of a key is set',
    ID,
    /^AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not$/,
    OFF,
  ],
  [
    'only the secret is set',
    SECRET,
    /^AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not$/,
    OFF,
  ],
  [
    'only a token is set',
    TOKEN,
    /^AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not$/,
    OFF,
  ],
]) {
  test(`if ${what}, metrics are off, and ${warning ? 'one warning says why' : 'nobody is told'}`, async () => {
    const { stats, stderr, code } = await evaluate(RECORD, environment(NOWHERE, variables))
    assert.equal(code, 0)
    assert.equal(stats.state, 'off')
    assert.match(stats.reason, reason)
    const [line, ...others] = stderr.split('\n').filter((text) => text !== '')
    assert.deepEqual(others, [])
    if (!warning) return assert.equal(line, undefined)
    assert.match(line, warning)
    if (warning === OFF) assert.ok(line.endsWith(stats.reason))
  })
}

for (const variables of [{}, ID, { AWS_PROFILE: 'dev', HOME: '/nonexistent' }]) {
  test(`if metrics are enabled, the lack of credentials is told: ${Object.keys(variables)}`, async () => {
    const { stats, stderr } = await evaluate(
      `m.recordUsed({ provider: 'p' })
      hkm.flushHostedKeyMetrics()
      while (!hkm.hostedKeyMetricsStats().lastError) await new Promise(setImmediate)
      process.send({ stats: hkm.hostedKeyMetricsStats() })
      process.exit()`,
      environment(NOWHERE, { ...variables, HKM_ENABLED: 'true', HKM_SHUTDOWN_TIMEOUT_MS: '500' })
    )
    assert.equal(stats.state, 'on')
    assert.equal(stats.lastError.code, 'CredentialsError')
    assert.match(stderr, /No credentials were found/)
  })
}
