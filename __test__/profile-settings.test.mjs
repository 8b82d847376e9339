// Settings of a profile that the AWS SDK does not accept: a warning gives the key and the profile, and a default is used. A
// file that is no file of profiles is told by its name.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const LINE = 'Used Count {Environment=test,Provider=p} 1'
const KEYS = 'aws_access_key_id = AKIDFILE\naws_secret_access_key = secret\n'

let cloudwatch
let folder
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  folder = mkdtempSync(join(tmpdir(), 'hkm-profile-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  await cloudwatch.close()
})

/** Returns variables of a process that uses a file of profiles. */
function variablesOf(contents, extra = {}) {
  const file = join(folder, 'config')
  writeFileSync(file, contents)
  const files = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') }
  return environment(cloudwatch.endpoint, { HKM_ENABLED: 'true', ...files, ...extra })
}

const warningsOf = ({ stderr }) => stderr.split('\n').filter((line) => line !== '')

const BAD = [
  [
    'request_min_compression_size_bytes',
    '99999999',
    /a whole number from 0 to 10485760.*; 10240 is used$/,
  ],
  [
    'request_min_compression_size_bytes',
    'many',
    /a whole number from 0 to 10485760.*; 10240 is used$/,
  ],
  ['disable_request_compression', 'maybe', /true or false.*; false is used$/],
  ['use_fips_endpoint', 'maybe', /true or false.*; false is used$/],
  ['use_dualstack_endpoint', '1', /true or false.*; false is used$/],
  ['ignore_configured_endpoint_urls', 'maybe', /true or false.*; false is used$/],
  ['ec2_metadata_service_endpoint_mode', 'IPv5', /IPv4 or IPv6.*; IPv4 is used$/],
  ['sdk_ua_app_id', 'my app', /letters, digits.*; it is not sent$/],
  ['sdk_ua_app_id', 'x'.repeat(100_000), /letters, digits.*; it is not sent$/],
]

for (const [key, value, expected] of BAD) {
  test(`${key} = ${value.slice(0, 10)} is told, and records arrive`, async () => {
    const told = await evaluate(RECORD, variablesOf(`[default]\n${KEYS}${key} = ${value}\n`))
    assert.deepEqual(appliedRecords(cloudwatch), [LINE])
    const [warning, ...others] = warningsOf(told)
    assert.ok(
      warning?.startsWith(`[hkm-native] ${key} of the profile default must be `),
      told.stderr
    )
    assert.match(warning, expected)
    assert.ok(warning.includes(`not "${value.slice(0, 40)}"`))
    assert.deepEqual(others, [])
  })
}

test('the warning names the profile in use, and no other profile is checked', async () => {
  const bad = 'use_fips_endpoint = maybe\n'
  const contents = `[default]\n${KEYS}${bad}[profile dev]\n${KEYS}[profile prod]\n${KEYS}${bad}`
  const quiet = await evaluate(RECORD, variablesOf(contents, { AWS_PROFILE: 'dev' }))
  assert.deepEqual(warningsOf(quiet), [])
  const told = await evaluate(RECORD, variablesOf(contents, { AWS_PROFILE: 'prod' }))
  assert.match(told.stderr, /use_fips_endpoint of the profile prod must be/)
  assert.deepEqual(appliedRecords(cloudwatch), [LINE, LINE])
})

test('a variable overrules the profile, and what it overrules is not checked', async () => {
  const contents = `[default]\n${KEYS}request_min_compression_size_bytes = 99999999\n`
  const variables = variablesOf(contents, { AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES: '0' })
  const { stderr } = await evaluate(RECORD, variables)
  assert.equal(stderr, '')
  assert.equal(cloudwatch.requests[0].headers['content-encoding'], 'gzip')
})

test('settings that the package makes itself change nothing, whatever they are', async () => {
  const settings =
    'max_attempts = 0\nretry_mode = legacy\nsts_regional_endpoints = maybe\ndefaults_mode = none\n' +
    'auth_scheme_preference = noAuth\nrequest_checksum_calculation = maybe\naccount_id_endpoint_mode = x\n' +
    'sigv4a_signing_region_set = x\ndisable_clock_skew_correction = maybe\n'
  const { stderr } = await evaluate(RECORD, variablesOf(`[default]\n${KEYS}${settings}`))
  assert.equal(stderr, '')
  assert.deepEqual(appliedRecords(cloudwatch), [LINE])
})

test('of a profile or key that is there twice, the last one counts', async () => {
  const contents = `[default]\naws_access_key_id = AKIDFIRST\n[default]\n${KEYS}use_fips_endpoint = maybe\nuse_fips_endpoint = false\n`
  const { stderr } = await evaluate(RECORD, variablesOf(contents))
  assert.equal(stderr, '')
  assert.deepEqual(appliedRecords(cloudwatch), [LINE])
})

test('a file that cannot be parsed is told by its name and line', async () => {
  const variables = variablesOf(`[default]\n${KEYS}nonsense\n`)
  const { stats, stderr } = await evaluate(`${RECORD} ${UNTIL_A_FAULT}`, variables)
  assert.equal(stats.lastError.code, 'CredentialsError')
  assert.ok(stats.lastError.message.includes(variables.AWS_CONFIG_FILE), stats.lastError.message)
  assert.match(stats.lastError.message, /line 4/)
  assert.match(stderr, /not delivered; they are kept/)
})
