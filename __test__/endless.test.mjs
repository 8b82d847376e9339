// Answers that do not end: the process takes in no more than a limit of each, and what became of the records follows from
// what came before.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startRecorder, startServices } from '../testkit/credentials/run.mjs'
import { CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'
import { BOUNDED_BYTES, startEndless } from '../testkit/peers/endless.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"

const head = (status, ...headers) =>
  [`HTTP/1.1 ${status}`, ...headers, '', '']
    .map((line) => `${line}\r\n`)
    .join('')
    .slice(0, -2)
const MARK = 'x-amzn-requestid: 1'
const CHUNKED = 'transfer-encoding: chunked'
const CHUNK = `4000\r\n${'x'.repeat(0x4000)}\r\n`
const HUGE = 'content-length: 1000000000000'
const BLOCK = 'x'.repeat(65_536)

/** Runs a child that records to an endless CloudWatch, and gives its stats. */
async function recordTo(begin, part, statements = RECORD) {
  const peer = await startEndless(begin, part)
  try {
    const { stats, stderr } = await evaluate(statements, environment(peer.url, CREDENTIALS))
    await peer.closed()
    assert.ok(peer.sent() < BOUNDED_BYTES, `${peer.sent()} bytes`)
    return { stats, stderr }
  } finally {
    await peer.close()
  }
}

describe('records are applied if CloudWatch said so before it sent without end', {
  concurrency: 2,
}, () => {
  for (const [what, begin, part] of [
    ['chunks', head('200 OK', MARK, CHUNKED), CHUNK],
    ['chunks of a byte', head('200 OK', MARK, CHUNKED), '1\r\nx\r\n'],
    ['a body without a length', head('200 OK', MARK), BLOCK],
    ['a body of a terabyte', head('200 OK', MARK, HUGE), BLOCK],
    ['trailers', `${head('200 OK', MARK, CHUNKED)}0\r\n`, `trailer: ${'x'.repeat(1_000)}\r\n`],
    ['an extension of a chunk', `${head('200 OK', MARK, CHUNKED)}1;`, BLOCK],
  ]) {
    test(what, async () => {
      const { stats, stderr } = await recordTo(begin, part)
      const { applied, possiblyDuplicated, requests } = stats
      assert.deepEqual(
        { applied, possiblyDuplicated, requests },
        { applied: 1, possiblyDuplicated: 0, requests: 1 }
      )
      assert.equal(stderr, '')
    })
  }
})

describe('records are kept if something else was said before', { concurrency: 2 }, () => {
  const [SURE, UNSURE] = [false, true]
  for (const [what, begin, part, code, isDoubtful] of [
    ['200 of something else', head('200 OK', CHUNKED), CHUNK, 'HTTP 200', UNSURE],
    ['an error', head('500 No', MARK, CHUNKED), CHUNK, 'HTTP 500', UNSURE],
    [
      'an error whose code is in a header',
      head('400 No', MARK, CHUNKED, 'x-amzn-query-error: Throttling;Sender'),
      CHUNK,
      'Throttling',
      SURE,
    ],
    ['a page that is not found', head('404 No', HUGE), BLOCK, 'HTTP 404', SURE],
    [
      'a redirect',
      head('302 Found', CHUNKED, 'location: http://127.0.0.2'),
      CHUNK,
      'HTTP 302',
      SURE,
    ],
    [
      'half a head',
      'HTTP/1.1 200 OK\r\n',
      `header: ${'x'.repeat(1_000)}\r\n`,
      'ConnectionReset',
      UNSURE,
    ],
    ['interim answers', '', head('100 Continue'), 'ConnectionReset', UNSURE],
    [
      'interim answers with headers',
      '',
      head('103 Early Hints', `link: ${'x'.repeat(1_000)}`),
      'ConnectionReset',
      UNSURE,
    ],
    ['half a header', 'HTTP/1.1 200 OK\r\nheader: ', BLOCK, 'ConnectionReset', UNSURE],
  ]) {
    test(what, async () => {
      const { stats, stderr } = await recordTo(begin, part, RECORD + UNTIL_A_FAULT)
      assert.equal(stats.lastError.code, code)
      assert.equal(stats.buffered + stats.inFlight, 1)
      assert.equal(stderr.includes('may count twice'), isDoubtful)
    })
  }
})

test('an answer that is compressed is not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50e6))
  const headers = { 'content-encoding': 'gzip', 'x-amzn-requestid': '1' }
  const cloudwatch = await startLocalCloudWatch()
  cloudwatch.setFault((index) =>
    index === 0 ? { meet: () => ({ status: 500, headers, body: bomb }) } : undefined
  )
  try {
    const before = 'const { maxRSS } = process.resourceUsage();'
    const after =
      'await hkm.flushHostedKeyMetrics(); return process.resourceUsage().maxRSS - maxRSS'
    const { result } = await evaluate(
      before + RECORD + after,
      environment(cloudwatch.endpoint, CREDENTIALS)
    )
    assert.ok(result < 40_000, `${result} KiB`)
  } finally {
    await cloudwatch.close()
  }
})

describe('what gives credentials without end is told, and costs no memory', {
  concurrency: 3,
}, () => {
  for (const [source, variables] of [
    ['the container', (url) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` })],
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
    for (const [what, begin, part] of [
      ['a body', head('200 OK', 'x-aws-ec2-metadata-token-ttl-seconds: 9', CHUNKED), CHUNK],
      ['an error', head('500 No', HUGE), BLOCK],
    ]) {
      test(`${source}: ${what}`, async () => {
        const peer = await startEndless(begin, part)
        const services = await startServices()
        const recorder = startRecorder(services, { variables: variables(peer.url, services) })
        try {
          await recorder.tell('record', 1)
          const { lastError, buffered, inFlight } = await recorder.tell('failToFlush')
          assert.equal(lastError.code, 'CredentialsError')
          assert.equal(buffered + inFlight, 1)
          await peer.closed()
          assert.ok(peer.sent() > 0)
          assert.ok(peer.sent() < BOUNDED_BYTES, `${peer.sent()} bytes`)
        } finally {
          recorder.child.kill('SIGKILL')
          await recorder.ended
          await services.close()
          await peer.close()
        }
      })
    }
  }
})
