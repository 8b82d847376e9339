// The road to CloudWatch through a forward proxy.

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
import { freePort } from '../testkit/peers/peer.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const PASSWORD = 'p@ss:w%rd'
const SECRET = /p@ss|p%40ss|cEBzcz|w%25rd|w%rd/

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

test('HTTPS_PROXY comes before ALL_PROXY, and upper case before lower', async () => {
  const nowhere = 'http://127.0.0.1:1'
  const all = { HTTPS_PROXY: proxy.url, https_proxy: nowhere, ALL_PROXY: nowhere }
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
    ['elsewhere.test, localhost', () => endpoint, true],
    ['elsewhere.test', () => endpoint, false],
  ]) {
    const host = to.toString().includes('subdomain') ? 'cloudwatch.localhost' : 'localhost'
    test(`${rule} ${isDirect ? 'takes' : 'does not take'} ${host} past the proxy`, async () => {
      const { stats } = await record(
        { HTTPS_PROXY: proxy.url, NO_PROXY: `127.0.0.1,${rule}` },
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

  test('may be in lower case', async () => {
    const direct = { NO_PROXY: undefined, no_proxy: '127.0.0.1,localhost' }
    const { stats } = await record({ HTTPS_PROXY: proxy.url, ...direct })
    assert.equal(stats.applied, 1)
    assert.deepEqual(asked(), [])
  })

  test('with a port takes nothing past the proxy, as for curl', async () => {
    const rule = `localhost:${new URL(endpoint).port}`
    await record({ HTTPS_PROXY: proxy.url, NO_PROXY: `127.0.0.1,${rule}` })
    assert.deepEqual(asked(), [rule])
  })
})

describe('a proxy that wants a user and a password', () => {
  let url
  beforeEach(async () => {
    await proxy.close()
    proxy = await startLocalProxy({
      target: cloudwatch.endpoint,
      credentials: `user:${PASSWORD}`,
    })
    url = proxy.url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`)
  })

  test('is told those of the URL, decoded', async () => {
    const { stats, stderr } = await record({ HTTPS_PROXY: url })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
    const told = Buffer.from(`user:${PASSWORD}`).toString('base64')
    assert.deepEqual(proxy.tunnels, [
      { authority: new URL(endpoint).host, authorization: `Basic ${told}` },
    ])
  })

  test('gets nothing without them, and the records wait', async () => {
    const { stats } = await record({ HTTPS_PROXY: proxy.url }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(stats.lastError.message, /proxy authori/i)
  })

  for (const behaviour of [407, 502, 'garbage', 'end']) {
    test(`keeps them to itself: neither stats nor warnings tell them upon ${behaviour}`, async () => {
      proxy.setBehaviour(behaviour)
      const { stats, stderr } = await record({ HTTPS_PROXY: url }, endpoint, RECORD + UNTIL_A_FAULT)
      assert.doesNotMatch(stderr + JSON.stringify(stats), SECRET)
    })
  }

  test('that cannot be reached, or whose URL cannot be used, is not told on either', async () => {
    for (const unusable of [
      `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`,
      `ftp://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`,
      `http://user:${PASSWORD}@127.0.0.1:1`,
    ]) {
      const { stats, stderr } = await record(
        { HTTPS_PROXY: unusable, AWS_CA_BUNDLE: undefined },
        endpoint,
        RECORD + UNTIL_A_FAULT
      )
      assert.notEqual(stderr, '')
      assert.doesNotMatch(stderr + JSON.stringify(stats), SECRET)
    }
  })
})

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

describe('a proxy that does not let through: the records wait, and the message tells of the proxy', () => {
  for (const [what, behaviour] of [
    ['wants credentials', 407],
    ['cannot reach CloudWatch', 502],
    ['answers what is not HTTP', 'garbage'],
    ['ends the connection', 'end'],
    ['does not answer', 'hang'],
  ]) {
    test(`because it ${what}`, async () => {
      proxy.setBehaviour(behaviour)
      const { stats } = await record({ HTTPS_PROXY: proxy.url }, endpoint, RECORD + UNTIL_A_FAULT)
      assertKept(stats)
      assert.match(stats.lastError.message, /proxy/)
    })
  }

  test('because it is down', async () => {
    const down = `http://127.0.0.1:${await freePort()}`
    const { stats } = await record({ HTTPS_PROXY: down }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(stats.lastError.message, /proxy/)
  })

  test('because it is spoken to over TLS and does not understand', async () => {
    const secure = proxy.url.replace('http:', 'https:')
    const { stats } = await record({ HTTPS_PROXY: secure }, endpoint, RECORD + UNTIL_A_FAULT)
    assertKept(stats)
    assert.match(stats.lastError.message, /proxy/)
  })
})

test('a connection that fails without the proxy is not blamed on it', async () => {
  const direct = { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost' }
  const refused = `https://localhost:${await freePort()}`
  const { stats } = await record(direct, refused, RECORD + UNTIL_A_FAULT)
  assertKept(stats)
  assert.doesNotMatch(stats.lastError.message, /proxy/)
})

test('records that waited for a proxy arrive once it lets through, each once', async () => {
  proxy.setBehaviour(502)
  const recorded = record({ HTTPS_PROXY: proxy.url })
  await proxy.until(() => proxy.tunnels.length === 2)
  proxy.setBehaviour('pass')
  const { stats } = await recorded
  assert.equal(stats.possiblyDuplicated, 0)
  assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
})

describe('an HTTPS_PROXY that cannot be used is warned about by its name', () => {
  for (const value of ['ftp://127.0.0.1:1', 'socks5://127.0.0.1:1', 'http://127.0.0.1:port']) {
    test(value, async () => {
      const { stderr, code } = await record(
        { HTTPS_PROXY: value, HKM_SHUTDOWN_TIMEOUT_MS: '0' },
        endpoint,
        `${RECORD} await new Promise(setImmediate)`
      )
      assert.equal(code, 0)
      assert.match(stderr, /HTTPS_PROXY/)
    })
  }
})
