// Which requests go through a forward proxy, by the variables.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']

let cloudwatch
/** Its endpoint under names that 127.0.0.1 in NO_PROXY does not cover. */
let endpoint
let subdomain
let proxy
let variables
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch({ tls: serverTls('server.pem') })
  endpoint = cloudwatch.endpoint.replace('127.0.0.1', 'localhost')
  subdomain = cloudwatch.endpoint.replace('127.0.0.1', 'cloudwatch.localhost')
  proxy = await startLocalProxy({ target: cloudwatch.endpoint })
  variables = { ...CREDENTIALS, AWS_CA_BUNDLE: certificateFile('ca.pem') }
})
afterEach(async () => {
  await proxy.close()
  await cloudwatch.close()
})

const record = (extra, to = endpoint, statements = RECORD) =>
  evaluate(statements, environment(to, { ...variables, ...extra }))

const asked = () => proxy.tunnels.map(({ authority }) => authority)

/** Nothing was applied, nothing may be doubled, nothing is lost. */
function assertKept(stats) {
  const { applied, possiblyDuplicated, buffered, inFlight } = stats
  assert.deepEqual(
    { applied, possiblyDuplicated, kept: buffered + inFlight },
    { applied: 0, possiblyDuplicated: 0, kept: 1 }
  )
  assert.equal(stats.lastError.code, 'ConnectError')
  assert.equal(cloudwatch.requests.length, 0)
}

for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
  test(`records go through the proxy of ${name}, which is asked for the endpoint and sees no more`, async () => {
    const { stats, stderr } = await record({ [name]: proxy.url })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
    assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
    assert.deepEqual(proxy.tunnels, [
      { authority: new URL(endpoint).host, authorization: undefined },
    ])
    assert.deepEqual(proxy.others, [])
  })
}

// On Windows, names of variables have no case.
test('HTTPS_PROXY comes before ALL_PROXY, and lower case before upper, as for curl and Node', async () => {
  const nowhere = 'http://127.0.0.1:1'
  const all = IS_WINDOWS
    ? { HTTPS_PROXY: proxy.url, ALL_PROXY: nowhere }
    : { https_proxy: proxy.url, HTTPS_PROXY: nowhere, all_proxy: nowhere }
  const { stats } = await record(all)
  assert.equal(stats.applied, 1)
  assert.equal(proxy.tunnels.length, 1)
})

test('an HTTPS_PROXY without a scheme is an HTTP proxy', async () => {
  const { stats, stderr } = await record({ HTTPS_PROXY: proxy.url.replace('http://', '') })
  assert.equal(stats.applied, 1)
  assert.equal(stderr, '')
  assert.equal(proxy.tunnels.length, 1)
})

test('an https:// proxy is spoken to over TLS, under the same authorities', async () => {
  await proxy.close()
  proxy = await startLocalProxy({ target: cloudwatch.endpoint, tls: serverTls('server.pem') })
  const { stats, stderr } = await record({ HTTPS_PROXY: proxy.url })
  assert.equal(stats.applied, 1)
  assert.equal(stderr, '')
  assert.equal(proxy.tunnels.length, 1)
})

test('an empty HTTPS_PROXY is none', async () => {
  const { stats, stderr } = await record({ HTTPS_PROXY: '' })
  assert.equal(stats.applied, 1)
  assert.equal(stderr, '')
})

test('HTTP_PROXY is for others', async () => {
  const { stats } = await record({ HTTP_PROXY: proxy.url, http_proxy: proxy.url })
  assert.equal(stats.applied, 1)
  assert.deepEqual(asked(), [])
})

test('what goes to a plain http endpoint never goes through a proxy', async () => {
  const plain = await startLocalCloudWatch()
  try {
    const all = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ALL_PROXY: proxy.url }
    const { stats } = await record(all, plain.endpoint.replace('127.0.0.1', 'localhost'))
    assert.equal(stats.applied, 1)
    assert.equal(plain.requests.length, 1)
    assert.deepEqual([...asked(), ...proxy.others], [])
  } finally {
    await plain.close()
  }
})

describe('NO_PROXY', () => {
  for (const [rule, to, isDirect] of [
    ['localhost', () => endpoint, true],
    ['LOCALHOST', () => endpoint, true],
    ['localhost', () => subdomain, true],
    ['.localhost', () => subdomain, true],
    ['cloudwatch.localhost', () => subdomain, true],
    ['cloudwatch.localhost', () => endpoint, false],
    ['watch.localhost', () => subdomain, false],
    ['*', () => endpoint, true],
    ['*', () => cloudwatch.endpoint, true],
    ['*.localhost', () => subdomain, true],
    ['localhost.', () => endpoint, true],
    ['<local>', () => endpoint, true],
    [() => `localhost:${new URL(endpoint).port}`, () => endpoint, true],
    [() => `.localhost:${new URL(endpoint).port}`, () => subdomain, true],
    ['localhost:1', () => endpoint, false],
    ['elsewhere.test localhost', () => endpoint, true],
    [',, ,localhost,', () => endpoint, true],
    ['elsewhere.test, localhost', () => endpoint, true],
    ['elsewhere.test', () => endpoint, false],
  ]) {
    const host = /\(\) => (.*)/.exec(to)[1]
    test(`${rule} ${isDirect ? 'takes' : 'does not take'} ${host} past the proxy`, async () => {
      const { stats } = await record(
        {
          HTTPS_PROXY: proxy.url,
          NO_PROXY: `127.0.0.1,${rule instanceof Function ? rule() : rule}`,
        },
        to()
      )
      assert.equal(stats.applied, 1)
      assert.deepEqual(asked(), isDirect ? [] : [new URL(to()).host])
    })
  }

  test('takes an address past the proxy', async () => {
    const { stats } = await record({ HTTPS_PROXY: proxy.url }, cloudwatch.endpoint)
    assert.equal(stats.applied, 1)
    assert.deepEqual(asked(), [])
  })

  test('with a member that is no host takes the others past the proxy, and names it in a warning', async () => {
    const rules = '127.0.0.1,http://localhost,elsewhere.test,cloudwatch.localhost'
    const { stats, stderr } = await record({ HTTPS_PROXY: proxy.url, NO_PROXY: rules }, subdomain)
    assert.equal(stats.applied, 1)
    assert.deepEqual(asked(), [])
    assert.match(stderr, /^.*NO_PROXY has members .* ignored: http:\/\/localhost\. .*\n$/)
  })

  test('may be in lower case', async () => {
    const direct = { NO_PROXY: undefined, no_proxy: '127.0.0.1,localhost' }
    const { stats } = await record({ HTTPS_PROXY: proxy.url, ...direct })
    assert.equal(stats.applied, 1)
    assert.deepEqual(asked(), [])
  })
})

describe('a proxy that cannot be used is told by the name of its variable, and nothing goes past it', () => {
  for (const [value, why] of [
    ['ftp://127.0.0.1:1', /HTTPS_PROXY is not an http or https URL/],
    ['socks5://127.0.0.1:1', /HTTPS_PROXY names a SOCKS proxy, which is not supported/],
    ['http://127.0.0.1:port', /HTTPS_PROXY is not an http or https URL/],
  ]) {
    test(value, async () => {
      const { stats, stderr } = await record(
        { HTTPS_PROXY: value },
        endpoint,
        RECORD + UNTIL_A_FAULT
      )
      assertKept(stats)
      assert.match(stderr, why)
      assert.match(stats.lastError.message, why)
      assert.equal(cloudwatch.connections(), 0)
    })
  }

  test('the warning comes at once', async () => {
    const { stderr, code } = await record(
      { HTTPS_PROXY: 'socks5://127.0.0.1:1', HKM_SHUTDOWN_TIMEOUT_MS: '0' },
      endpoint,
      `${RECORD} await new Promise(setImmediate)`
    )
    assert.equal(code, 0)
    assert.match(stderr, /HTTPS_PROXY names a SOCKS proxy/)
  })

  test('hosts in NO_PROXY are reached', async () => {
    const direct = { HTTPS_PROXY: 'socks5://127.0.0.1:1', NO_PROXY: '127.0.0.1,localhost' }
    const { stats } = await record(direct)
    assert.equal(stats.applied, 1)
  })
})
