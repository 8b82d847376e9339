// The URLs of CloudWatch and of the services for credentials: a bad one is told by the name of its variable, and nothing is
// sent, neither there nor to the endpoint that would be used without it.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { certificateFile } from '../testkit/certificates/certificates.mjs'
import { CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'
import { runAlone } from '../testkit/namespaces/alone.mjs'
import { NEEDS_NAMESPACES } from '../testkit/platform.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const PASSWORD = 'hunter2'

/** Nothing was recorded, and the only warning says why. */
function assertOff({ stats, stderr }, message) {
  const { state, reason, recorded, possiblyDuplicated } = stats
  assert.deepEqual(
    { state, recorded, possiblyDuplicated },
    { state: 'off', recorded: 0, possiblyDuplicated: 0 }
  )
  assert.equal(reason, message)
  assert.equal(stderr, `[hkm-native] Metrics are off: ${message}\n`)
}

describe('an endpoint that is no http or https URL turns metrics off, and is told with what was probably meant', {
  concurrency: 2,
}, () => {
  let cloudwatch
  before(async () => {
    cloudwatch = await startLocalCloudWatch()
  })
  after(() => cloudwatch.close())

  const kind = 'HKM_ENDPOINT must be an http or https URL'
  for (const [endpoint, message] of [
    ['localhost:4566', `${kind}, not "localhost:4566": did you mean http://localhost:4566?`],
    [
      'cloudwatch.localhost',
      `${kind}, not "cloudwatch.localhost": did you mean http://cloudwatch.localhost?`,
    ],
    ['//localhost', `${kind}, not "//localhost": did you mean http://localhost?`],
    ['ftp://localhost', `${kind}, not "ftp://localhost"`],
    ['http:/localhost', `${kind}, not "http:/localhost": did you mean http://localhost?`],
    ['http://', `${kind}, not "http://"`],
    [
      `http://user:${PASSWORD}@localhost:1`,
      `${kind} without user and password, not "…@localhost:1": did you mean http://localhost:1?`,
    ],
    [`user:${PASSWORD}@localhost`, `${kind}, not "…@localhost"`],
    [
      `http://localhost/?key=${PASSWORD}`,
      `${kind} without query and fragment, not "http://localhost/…": did you mean http://localhost?`,
    ],
    [
      'http://localhost/#a',
      `${kind} without query and fragment, not "http://localhost/…": did you mean http://localhost?`,
    ],
    ['http://local host', `${kind} without blanks, not "http://local host"`],
    ['http://localhost:0', `${kind} with a port from 1 to 65535, not "http://localhost:0"`],
    ['http://localhost:99999', `${kind} with a port from 1 to 65535, not "http://localhost:99999"`],
    [
      `http://localhost/${'a'.repeat(3_000)}`,
      `${kind} of at most 2,048 characters, not "http://localhost/${'a'.repeat(47)}…"`,
    ],
  ]) {
    test(endpoint.slice(0, 40), async () => {
      const told = await evaluate(
        RECORD,
        environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_ENDPOINT: endpoint })
      )
      assertOff(told, message)
      assert.equal(told.code, 0)
      assert.equal(cloudwatch.connections(), 0)
    })
  }

  test('the option refuses the same, and its message quotes no password', async () => {
    const urls = [
      'localhost:4566',
      '//localhost',
      'http:/localhost',
      'http://a b',
      'ftp://localhost',
    ]
    const secret = [`http://user:${PASSWORD}@localhost`, `http://localhost/?${PASSWORD}`]
    const statements = `return ${JSON.stringify([...urls, ...secret])}.map((endpoint) => {
      try {
        hkm.configureHostedKeyMetrics({ endpoint })
      } catch (error) {
        return String(error)
      }
    })`
    const { result } = await evaluate(statements, environment(cloudwatch.endpoint))
    assert.equal(result.length, urls.length + secret.length)
    for (const message of result) {
      assert.match(
        message,
        /^TypeError: .*: endpoint must be an http or https URL such as http:\/\//
      )
      assert.doesNotMatch(message, new RegExp(PASSWORD))
    }
  })

  test('no warning is due where metrics are off anyway', async () => {
    for (const variables of [{}, { ...CREDENTIALS, HKM_ENABLED: 'false' }]) {
      const bad = environment(cloudwatch.endpoint, { ...variables, HKM_ENDPOINT: 'localhost:4566' })
      const { stats, stderr } = await evaluate(RECORD, bad)
      assert.deepEqual([stats.state, stderr], ['off', ''])
    }
  })

  test('it is told once, whichever threads record', async () => {
    const statements = `
      const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      ${RECORD}
      const code = "require(process.argv[2]).hostedKeyMetrics.recordUsed({ provider: 'p' })"
      for (let index = 0; index < 2; index++) {
        const argv = [${JSON.stringify(fileURLToPath(new URL('../index.js', import.meta.url)))}]
        await once(new Worker(code, { eval: true, argv }), 'exit')
      }`
    const bad = environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_ENDPOINT: 'localhost:4566' })
    const told = await evaluate(statements, bad)
    assert.equal(told.stderr.split('Metrics are off').length, 2, told.stderr)
  })
})

describe('a URL is understood in any case, and with an address or a name in any spelling', () => {
  for (const spell of [
    (url) => url.replace('http', 'HTTP'),
    (url) => url.replace('127.0.0.1', 'LocalHost'),
    (url) => url.replace('127.0.0.1', '127.1'),
    (url) => ` ${url}\n`,
  ]) {
    test(spell('http://127.0.0.1'), async () => {
      const cloudwatch = await startLocalCloudWatch()
      try {
        const spelt = { ...CREDENTIALS, HKM_ENDPOINT: spell(cloudwatch.endpoint) }
        const { stats, stderr } = await evaluate(RECORD, environment(cloudwatch.endpoint, spelt))
        assert.equal(stats.applied, 1)
        assert.equal(stderr, '')
      } finally {
        await cloudwatch.close()
      }
    })
  }
})

// In a network namespace: CloudWatch is there by the name that would be used without the variable.
const HOST = 'monitoring.us-east-1.amazonaws.com'

/** Records where CloudWatch and the other services of AWS have their names. */
const recordAlone = (env, { files = {}, statements = RECORD } = {}) =>
  runAlone('alone.mjs', {
    env: {
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_ENV: 'test',
      AWS_CA_BUNDLE: certificateFile('ca.pem'),
      ...env,
    },
    args: [JSON.stringify({ port: 443, isTls: true, statements })],
    files: { '/etc/hosts': `127.0.0.1 ${HOST} sts.us-east-1.amazonaws.com\n`, ...files },
  })

describe('no variable with a bad URL leads to the endpoint of AWS', {
  ...NEEDS_NAMESPACES,
  concurrency: 2,
}, () => {
  const token = { '/etc/motd': 'token' }
  const role = { ...CREDENTIALS, HKM_ROLE_ARN: 'arn:aws:iam::123456789012:role/r' }
  for (const [variable, env, files] of [
    ['HKM_ENDPOINT', CREDENTIALS],
    ['AWS_ENDPOINT_URL_STS', { ...role, AWS_ENDPOINT_URL: `https://${HOST}` }],
    ['AWS_ENDPOINT_URL', CREDENTIALS],
    ['AWS_ENDPOINT_URL_CLOUDWATCH', { ...CREDENTIALS, AWS_ENDPOINT_URL: `https://${HOST}` }],
    [
      'AWS_ENDPOINT_URL_STS',
      {
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/r',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/etc/motd',
      },
      token,
    ],
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', {}],
  ]) {
    test(variable, async () => {
      const told = await recordAlone({ ...env, [variable]: 'localhost:4566' }, { files })
      assertOff(
        told,
        `${variable} must be an http or https URL, not "localhost:4566": did you mean http://localhost:4566?`
      )
      assert.deepEqual(told.hosts, [])
    })
  }
})

describe('a bad endpoint_url of a profile is told when the profile is read: nothing is sent, the records wait', {
  ...NEEDS_NAMESPACES,
  concurrency: 2,
}, () => {
  const keys = 'aws_access_key_id = AKIDLOCAL\naws_secret_access_key = local\n'
  for (const [where, config] of [
    ['the profile', `[default]\n${keys}endpoint_url = localhost:4566\n`],
    [
      'its services',
      `[default]\n${keys}services = s\n[services s]\ncloudwatch =\n  endpoint_url = localhost:4566\n`,
    ],
  ]) {
    test(where, async () => {
      const { stats, stderr } = await recordAlone(
        { HKM_ENABLED: 'true', AWS_CONFIG_FILE: '/etc/motd' },
        { files: { '/etc/motd': config }, statements: RECORD + UNTIL_A_FAULT }
      )
      const { applied, possiblyDuplicated, buffered, inFlight, lastError } = stats
      assert.deepEqual(
        { applied, possiblyDuplicated, kept: buffered + inFlight, code: lastError.code },
        { applied: 0, possiblyDuplicated: 0, kept: 1, code: 'EndpointError' }
      )
      assert.match(
        stderr,
        /endpoint_url of the profile must be .* did you mean http:\/\/localhost:4566\?/
      )
    })
  }
})
