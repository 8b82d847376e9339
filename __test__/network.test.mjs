// Ways to CloudWatch: addresses, names, paths, and connections that do not come about.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  start,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { freePort, startPeer } from '../testkit/peers/peer.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const PUT = '/service/GraniteServiceVersion20100801/operation/PutMetricData'

const record = (statements, endpoint, extra) =>
  evaluate(statements, environment(endpoint, { ...CREDENTIALS, ...extra }))

describe('an endpoint with a path of its own keeps it, in front of that of the protocol', () => {
  let cloudwatch
  beforeEach(async () => {
    cloudwatch = await startLocalCloudWatch()
  })
  afterEach(() => cloudwatch.close())

  for (const [path, asked] of [
    ['', PUT],
    ['/', PUT],
    ['/base', `/base${PUT}`],
    ['/base/path/', `/base/path${PUT}`],
    ['/with%20space', `/with%20space${PUT}`],
  ]) {
    test(`http://host${path}`, async () => {
      const { stats, stderr } = await record(RECORD, cloudwatch.endpoint + path)
      assert.equal(stats.applied, 1)
      assert.equal(stderr, '')
      assert.deepEqual(
        cloudwatch.requests.map(({ path }) => path),
        [asked]
      )
    })
  }

  for (const variable of ['AWS_ENDPOINT_URL_CLOUDWATCH', 'HKM_ENDPOINT']) {
    test(`the same by ${variable}`, async () => {
      const nowhere = `http://127.0.0.1:${await freePort()}`
      const { stats } = await record(RECORD, nowhere, { [variable]: `${cloudwatch.endpoint}/a/b` })
      assert.equal(stats.applied, 1)
      assert.equal(cloudwatch.requests[0].path, `/a/b${PUT}`)
    })
  }

  test('FIPS and dual-stack are for the endpoints of AWS, and leave a given one alone', async () => {
    const { stats, stderr } = await record(RECORD, cloudwatch.endpoint, {
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
    })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
  })
})

const hasIpv6 = networkInterfaces().lo?.some(({ address }) => address === '::1')
if (hasIpv6) {
  for (const tls of [undefined, serverTls('server.pem')]) {
    test(`records reach ${tls ? 'https' : 'http'}://[::1]`, async () => {
      const cloudwatch = await startLocalCloudWatch({ host: '::1', tls })
      try {
        const { stats, stderr } = await record(RECORD, cloudwatch.endpoint, {
          AWS_CA_BUNDLE: certificateFile('ca.pem'),
        })
        assert.equal(stats.applied, 1)
        assert.equal(stderr, '')
        assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
      } finally {
        await cloudwatch.close()
      }
    })
  }
}

describe('where no connection comes about nothing was sent: the records wait', () => {
  async function fault(endpoint) {
    const { stats, stderr } = await record(RECORD + UNTIL_A_FAULT, endpoint)
    const { applied, possiblyDuplicated, buffered, inFlight, lastError } = stats
    assert.deepEqual(
      { applied, possiblyDuplicated, kept: buffered + inFlight, code: lastError.code },
      { applied: 0, possiblyDuplicated: 0, kept: 1, code: 'ConnectError' }
    )
    assert.match(stderr, /could not be reached/)
    assert.match(stderr, /they are kept and sent again/)
    return lastError.message
  }

  test('because nobody listens', async () => {
    assert.match(await fault(`http://127.0.0.1:${await freePort()}`), /refused/)
  })

  // Windows refuses a connection that it has no room for.
  test('because the one who listens never accepts', { skip: IS_WINDOWS }, async () => {
    const { child, ended, message } = start('deaf-listener.mjs', {
      env: environment('http://127.0.0.1:1'),
      // Bun knows no backlog.
      runtime: process.execPath,
    })
    const port = await message()
    // Twice what Linux keeps for a backlog of 1, and some.
    const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'))
    for (const socket of waiting) socket.on('error', () => {})
    try {
      await Promise.race(waiting.map((socket) => once(socket, 'connect')))
      assert.match(await fault(`http://127.0.0.1:${port}`), /connect timeout/)
    } finally {
      for (const socket of waiting) socket.destroy()
      child.kill('SIGKILL')
      await ended
    }
  })

  test('because a label of the name is longer than 63 characters', async () => {
    const name = `${'a'.repeat(64)}.localhost`
    assert.match(await fault(`http://${name}:${await freePort()}`), /label|dns|resolve/i)
  })
})

test('records that waited for a listener arrive when there is one, each once', async () => {
  const port = await freePort()
  const { ended, message } = start('expression.mjs', {
    env: environment(`http://127.0.0.1:${port}`, CREDENTIALS),
    args: [
      `${RECORD}
      const isFailed = () => hkm.hostedKeyMetricsStats().lastError !== undefined
      hkm.flushHostedKeyMetrics()
      while (!isFailed()) await new Promise(setImmediate)
      process.send('failed')`,
    ],
  })
  assert.equal(await message(), 'failed')
  const cloudwatch = await startLocalCloudWatch({ port })
  try {
    const { stats } = await message()
    assert.equal((await ended).code, 0)
    assert.equal(stats.applied, 1)
    assert.equal(stats.possiblyDuplicated, 0)
    assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
  } finally {
    await cloudwatch.close()
  }
})

test('a TLS server at an http endpoint gives no answer that means anything', async () => {
  const alert = Buffer.from([21, 3, 1, 0, 2, 2, 22])
  const peer = await startPeer((socket) => socket.once('data', () => socket.end(alert)))
  try {
    const { stats, stderr } = await record(RECORD + UNTIL_A_FAULT, `http://127.0.0.1:${peer.port}`)
    assert.equal(stats.applied, 0)
    assert.equal(stats.buffered + stats.inFlight, 1)
    assert.match(stderr, /they are sent again, and may count twice/)
  } finally {
    await peer.close()
  }
})
