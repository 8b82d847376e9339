// What the native side is told: options, else variables, else defaults.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, test } from 'node:test'

const { check, read } = createRequire(import.meta.url)('../lib/options.js')

const real = process.env
beforeEach(() => {
  process.env = {}
})
afterEach(() => {
  process.env = real
})

/** The options and variables of a process that configures once and then records. */
function sealed(options = {}, variables = {}) {
  Object.assign(process.env, variables)
  const { problems, ...all } = read(check(options))
  return { problems, options: { ...all.options }, variables: { ...all.variables } }
}

const DEFAULTS = {
  enabled: 'auto',
  environment: undefined,
  region: undefined,
  endpoint: undefined,
  roleArn: undefined,
  roleExternalId: undefined,
  roleSessionName: undefined,
  flushIntervalMs: 30_000,
  shutdownTimeoutMs: 2_000,
  signals: true,
  rollups: false,
  maxBufferedDatums: 100_000,
  maxBufferedBytes: 64_000_000,
  maxSeries: 10_000,
  spoolDirectory: undefined,
  spoolMaxBytes: 64_000_000,
  storageResolution: 60,
}

test('the defaults are those of the README', () => {
  assert.deepEqual(sealed().options, DEFAULTS)
})

for (const [variable, text, option, value] of [
  ['HKM_ENABLED', 'true', 'enabled', 'true'],
  ['HKM_ENABLED', 'FALSE', 'enabled', 'false'],
  ['HKM_ENABLED', ' Auto\n', 'enabled', 'auto'],
  ...['TRUE', '1', 'on', ' Yes '].map((text) => ['HKM_ENABLED', text, 'enabled', 'true']),
  ...['0', 'off', 'NO', ' no\n'].map((text) => ['HKM_ENABLED', text, 'enabled', 'false']),
  ['HKM_REGION', 'eu-west-1', 'region', 'eu-west-1'],
  ['HKM_FLUSH_INTERVAL_MS', ' 250 ', 'flushIntervalMs', 250],
  ['HKM_SHUTDOWN_TIMEOUT_MS', '0', 'shutdownTimeoutMs', 0],
  ['HKM_SIGNALS', 'false', 'signals', false],
  ...['True', '1', 'ON', 'yes'].map((text) => ['HKM_SIGNALS', text, 'signals', true]),
  ...['0', 'Off', ' no '].map((text) => ['HKM_SIGNALS', text, 'signals', false]),
  ...['true', ' ON '].map((text) => ['HKM_ROLLUPS', text, 'rollups', true]),
  ['HKM_ROLLUPS', 'no', 'rollups', false],
  ['HKM_MAX_BUFFERED_DATUMS', '7', 'maxBufferedDatums', 7],
  ['HKM_MAX_BUFFERED_BYTES', '5000000', 'maxBufferedBytes', 5_000_000],
  ['HKM_MAX_SERIES', '8', 'maxSeries', 8],
  ['HKM_SPOOL_DIRECTORY', ' ../of shop\n', 'spoolDirectory', '../of shop'],
  ['HKM_SPOOL_MAX_BYTES', '2000000', 'spoolMaxBytes', 2_000_000],
  ['HKM_STORAGE_RESOLUTION', '1', 'storageResolution', 1],
]) {
  test(`${variable}=${JSON.stringify(text)} sets ${option}`, () => {
    assert.deepEqual(sealed(undefined, { [variable]: text }).options, {
      ...DEFAULTS,
      [option]: value,
    })
  })
}

const ROLE_ARN = 'arn:aws:iam::123456789012:role/metrics'
const roleOf = (variables) => sealed(undefined, { HKM_ENABLED: 'true', ...variables })

test('a role, its external id and the name of its session are set by variables', () => {
  const { options, problems } = roleOf({
    HKM_ROLE_ARN: ` ${ROLE_ARN}\n`,
    HKM_ROLE_EXTERNAL_ID: 'a:b/c',
    HKM_ROLE_SESSION_NAME: 'app@host',
  })
  const { roleArn, roleExternalId, roleSessionName, enabled } = options
  assert.deepEqual(
    [roleArn, roleExternalId, roleSessionName, enabled],
    [ROLE_ARN, 'a:b/c', 'app@host', 'true']
  )
  assert.deepEqual(problems, [])
})

for (const arn of [
  ROLE_ARN,
  'arn:aws-us-gov:iam::123456789012:role/team/of~teams/metrics',
  'arn:aws-cn:iam::123456789012:role/a',
  `arn:aws:iam::123456789012:role/${'p'.repeat(512)}/${'r'.repeat(64)}`,
]) {
  test(`${arn.slice(0, 80)} is the ARN of a role`, () => {
    assert.deepEqual(check({ roleArn: arn }).roleArn, arn)
  })
}

for (const [name, bad] of [
  ['roleArn', ['metrics', 'arn:aws:iam::1234:role/metrics', 'arn:aws:iam::123456789012:user/me']],
  ['roleArn', [`${ROLE_ARN} `, 'arn:aws:iam::123456789012:role/', `${ROLE_ARN}${'r'.repeat(64)}`]],
  ['roleArn', [`arn:aws:iam::123456789012:role/${'p/'.repeat(1_100)}r`, 7, ['a'], null, '']],
  ['roleExternalId', ['a', 'a b', 'x'.repeat(1_225), 'é'.repeat(3), 12, '', 'ab\n']],
  ['roleSessionName', ['a', 'a:b', 'x'.repeat(65), 12, '', 'ab\n']],
]) {
  const variable = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  for (const value of bad) {
    const shown = JSON.stringify(value).slice(0, 60)
    test(`${name} is not ${shown}`, () => {
      const given = { roleArn: ROLE_ARN, [name]: value }
      assert.throws(() => check(given), new RegExp(`^TypeError: .*: ${name} must be`))
    })
    if (typeof value !== 'string' || value.trim() !== value || value === '') continue
    test(`HKM_${variable}=${shown} turns metrics off, because nothing is sent as another identity`, () => {
      const { options, problems } = roleOf({ HKM_ROLE_ARN: ROLE_ARN, [`HKM_${variable}`]: value })
      assert.equal(options.enabled, 'false')
      assert.equal(problems.length, 1)
      assert.match(problems[0], new RegExp(`^HKM_${variable} must be .*; metrics are off$`))
    })
  }
}

for (const variable of ['HKM_ROLE_EXTERNAL_ID', 'HKM_ROLE_SESSION_NAME']) {
  test(`${variable} without a role turns metrics off`, () => {
    const { options, problems } = roleOf({ HKM_ROLE_ARN: ' ', [variable]: 'of-a-role' })
    assert.equal(options.enabled, 'false')
    assert.match(problems.join(), new RegExp(`${variable} is set.*HKM_ROLE_ARN; metrics are off$`))
  })
}

for (const text of ['1e3', '0x200', '5000.0', '-500', '+500', '99']) {
  test(`HKM_FLUSH_INTERVAL_MS='${text}' is not a number of milliseconds`, () => {
    const { options, problems } = sealed(undefined, { HKM_FLUSH_INTERVAL_MS: text })
    assert.deepEqual(options, DEFAULTS)
    assert.deepEqual(problems.length, 1)
    assert.match(problems[0], /^HKM_FLUSH_INTERVAL_MS must be a whole number from 100/)
  })
}

test('HKM_SIGNALS that is neither true nor false is warned about, and signals are handled', () => {
  const { options, problems } = sealed(undefined, { HKM_SIGNALS: 'none' })
  assert.deepEqual(options, DEFAULTS)
  assert.match(problems.join(), /^HKM_SIGNALS must be true.* or no, not "none"; .* ignored$/)
})

for (const text of ['perhaps', 'flase', '2', 'disabled', 'null', '\u0000']) {
  test(`HKM_ENABLED=${JSON.stringify(text)} is warned about, and switches metrics off`, () => {
    const { options, problems } = sealed(undefined, { HKM_ENABLED: text })
    assert.deepEqual(options, { ...DEFAULTS, enabled: 'false' })
    assert.equal(problems.length, 1)
    assert.match(
      problems[0],
      /^HKM_ENABLED must be auto, or true.* or no, not .*; metrics are off$/
    )
  })
}

test('a switch that is misspelt does not count beside the option', () => {
  const { options, problems } = sealed({ enabled: true }, { HKM_ENABLED: 'flase' })
  assert.deepEqual([options.enabled, problems], ['true', []])
})

for (const text of ['-1', 'us-', '🙃', 'a.b', 'auto', 'us east 1', 'US-EAST-1', 'x'.repeat(64)]) {
  test(`HKM_REGION=${JSON.stringify(text.slice(0, 8))} is no region, and is ignored with a warning`, () => {
    const { options, problems } = sealed(undefined, { HKM_REGION: text })
    assert.deepEqual(options, DEFAULTS)
    assert.match(problems.join(), /^HKM_REGION must be an AWS region/)
  })
}

describe('a variable that does not exist is warned about', () => {
  for (const [name, near] of [
    ['HKM_ENABLE', 'HKM_ENABLED'],
    ['HKM_FLUSH_INTERVAL', 'HKM_FLUSH_INTERVAL_MS'],
    ['HKM_FLUSHINTERVALMS', 'HKM_FLUSH_INTERVAL_MS'],
    ['HKM_ENVIROMENT', 'HKM_ENVIRONMENT'],
    ['HKM_SIGNAL', 'HKM_SIGNALS'],
    ['HKM_Region', 'HKM_REGION'],
    ['HKM_MAX_SERIE', 'HKM_MAX_SERIES'],
    ['HKM_SHUTDOWN_TIMEOUT', 'HKM_SHUTDOWN_TIMEOUT_MS'],
    ['HKM_MAX_BUFFERED_DATA', 'HKM_MAX_BUFFERED_DATUMS'],
    ['HKM_SPOOL_DIRECTRY', 'HKM_SPOOL_DIRECTORY'],
    ['HKM_SPOOL_DIR', 'HKM_SPOOL_DIRECTORY'],
  ]) {
    test(`${name}, with the nearest name`, () => {
      const { options, problems } = sealed(undefined, { [name]: '7' })
      assert.deepEqual(options, DEFAULTS)
      assert.deepEqual(problems, [`There is no variable ${name}: did you mean ${near}?`])
    })
  }

  for (const name of ['HKM_', 'HKM_VERBOSE', 'HKM_LOGGER', `HKM_${'A'.repeat(100_000)}`]) {
    test(`${name.slice(0, 20)}, without one if none is near`, () => {
      const shown = name.slice(0, 64)
      assert.deepEqual(sealed(undefined, { [name]: 'x' }).problems, [
        `There is no variable ${shown}; it is ignored`,
      ])
    })
  }

  test('up to five of them, and the number of the others', () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`HKM_X${index}`, ''])
    )
    const { problems } = sealed(undefined, many)
    assert.equal(problems.length, 6)
    assert.equal(problems[5], '495 more variables HKM_… do not exist')
  })
})

test('a blank variable counts as not set, without a warning', () => {
  const { options, problems } = sealed(undefined, { HKM_MAX_SERIES: ' ', HKM_REGION: '' })
  assert.deepEqual(options, DEFAULTS)
  assert.deepEqual(problems, [])
})

describe('the ends of a range are in it, and what is next to them is not', () => {
  for (const [option, least, most] of [
    ['flushIntervalMs', 100, 3_600_000],
    ['shutdownTimeoutMs', 0, 60_000],
    ['maxBufferedDatums', 1, 10_000_000],
    ['maxBufferedBytes', 100_000, 4_000_000_000],
    ['maxSeries', 1, 10_000_000],
    ['spoolMaxBytes', 2_000_000, 1_000_000_000],
  ]) {
    test(option, () => {
      for (const value of [least, most]) {
        assert.equal(sealed({ [option]: value }).options[option], value)
      }
      for (const value of [least - 1, most + 1]) {
        assert.throws(() => sealed({ [option]: value }), TypeError)
      }
    })
  }
})

for (const [option, value] of [
  ['enabled', true],
  ['enabled', false],
  ['enabled', 'auto'],
]) {
  test(`enabled may be ${value}`, () => {
    assert.equal(sealed({ [option]: value }).options.enabled, String(value))
  })
}

for (const options of [
  { environment: '  ' },
  { endpoint: 'nowhere' },
  { endpoint: new URL('http://h/') },
]) {
  test(`${JSON.stringify(options)} is refused by its name`, () => {
    const [name] = Object.keys(options)
    assert.throws(() => sealed(options), {
      name: 'TypeError',
      message: new RegExp(`: ${name} must be`),
    })
  })
}

test('the native side is told the variables that matter, and no other', () => {
  const variables = {
    AWS_ROLE_ARN: 'a',
    HKM_ENVIRONMENT: 'b',
    OTEL_DEPLOYMENT_ENVIRONMENT: 'c',
    DEPLOYMENT_ENVIRONMENT: 'd',
    GRAFANA_DEPLOYMENT_ENVIRONMENT: 'o',
    NODE_ENV: 'e',
    HOME: 'f',
    USERPROFILE: 'g',
    SSL_CERT_FILE: 'n',
    HTTPS_PROXY: 'h',
    https_proxy: 'i',
    ALL_PROXY: 'j',
    all_proxy: 'k',
    NO_PROXY: 'l',
    no_proxy: 'm',
  }
  const others = { OPENAI_API_KEY: 'secret', PATH: '/bin', HKM_MAX_SERIES: '5', MY_AWS_KEY: 'x' }
  assert.deepEqual(sealed(undefined, { ...variables, ...others }).variables, variables)
})
