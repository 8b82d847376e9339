// Redirects: no request is sent anywhere else, neither those with records nor those with credentials.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { first } from '@sim/local-cloudwatch/faults'
import { startRecorder, startServices } from '../testkit/credentials/run.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'
import { afterRequest, startPeer } from '../testkit/peers/peer.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']
const STATUSES = [300, 301, 302, 303, 304, 307, 308]

describe('a redirect is not followed, and its records are kept and count once', {
  concurrency: 2,
}, () => {
  const toHost = /: a redirect to 127\.0\.0\.1, which is not followed: .*server: portal/
  const same = /: a redirect to the same host, which is not followed: /
  const nowhere = /: neither a success nor an error: /
  for (const [where, location, message] of [
    ['to another host', (url) => `${url}/login?secret=no`, toHost],
    ['to another host, without a scheme', (url) => `${url.replace('http:', '')}/login`, toHost],
    [
      'to another host, with backslashes',
      (url) => url.replace('http://', String.raw`\\\\`),
      toHost,
    ],
    ['to another path', () => '/login?secret=no', same],
    ['to no URL', () => 'http://[', /: a redirect to what is no URL, which is not followed: /],
    ['to nowhere', () => undefined, nowhere],
  ]) {
    for (const status of STATUSES) {
      test(`${status} ${where}`, async () => {
        const [cloudwatch, elsewhere] = [await startLocalCloudWatch(), await startLocalCloudWatch()]
        try {
          const to = location(elsewhere.endpoint)
          const headers = { server: 'portal', ...(to && { location: to }) }
          const body = Buffer.from(status === 304 ? '' : 'Moved')
          cloudwatch.setFault(first(1, { meet: () => ({ status, headers, body }) }))
          const { stats, stderr } = await evaluate(
            RECORD,
            environment(cloudwatch.endpoint, CREDENTIALS)
          )
          const { lastError, possiblyDuplicated, applied, requests } = stats
          assert.match(`${lastError.code}: ${lastError.message}`, message)
          assert.equal(lastError.code, `HTTP ${status}`)
          assert.doesNotMatch(lastError.message, /secret/)
          assert.match(stderr, /What answered is not CloudWatch/)
          assert.deepEqual([applied, possiblyDuplicated, requests], [1, 0, 2])
          assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
          assert.equal(elsewhere.connections(), 0)
        } finally {
          await cloudwatch.close()
          await elsewhere.close()
        }
      })
    }
  }
})

describe('a redirect of what gives credentials is not followed: nothing is told to another host', {
  concurrency: 2,
}, () => {
  for (const [source, variables] of [
    [
      'the container',
      (url) => ({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'token',
      }),
    ],
    [
      'STS',
      (url, { file, sts }) => ({
        AWS_ENDPOINT_URL_STS: url,
        AWS_ROLE_ARN: sts.roleArn,
        AWS_WEB_IDENTITY_TOKEN_FILE: file('token', 'token'),
      }),
    ],
    [
      'the metadata service',
      (url) => ({
        AWS_EC2_METADATA_DISABLED: 'false',
        AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
        HKM_ENABLED: 'true',
      }),
    ],
  ]) {
    for (const status of [302, 307]) {
      test(`${source}: ${status}`, async () => {
        const elsewhere = await startPeer((socket) => socket.destroy())
        const redirect = `HTTP/1.1 ${status} Moved\r\nlocation: http://127.0.0.1:${elsewhere.port}/\r\ncontent-length: 0\r\n\r\n`
        const peer = await startPeer(afterRequest((socket) => socket.write(redirect)))
        const services = await startServices()
        const recorder = startRecorder(services, {
          variables: variables(`http://127.0.0.1:${peer.port}`, services),
        })
        try {
          await recorder.tell('record', 1)
          const { lastError, buffered, inFlight, possiblyDuplicated } =
            await recorder.tell('failToFlush')
          assert.equal(lastError.code, 'CredentialsError')
          assert.deepEqual([buffered + inFlight, possiblyDuplicated], [1, 0])
          assert.ok(peer.sockets() > 0)
          assert.equal(elsewhere.sockets(), 0)
        } finally {
          recorder.child.kill('SIGKILL')
          await recorder.ended
          await Promise.all([services, peer, elsewhere].map((one) => one.close()))
        }
      })
    }
  }
})
