// What is counted and signed, as it arrives.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, first, hang, reset } from '@sim/local-cloudwatch/faults'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate as evaluateIn,
} from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const evaluate = (statements, extra = CREDENTIALS) =>
  evaluateIn(statements, environment(cloudwatch.endpoint, extra))
const RECORD = "m.recordUsed({ provider: 'p' })"

for (const [what, configure, variables] of [
  [
    'the option',
    "hkm.configureHostedKeyMetrics({ region: 'eu-north-1' });",
    { HKM_REGION: 'x', AWS_REGION: 'y' },
  ],
  ['HKM_REGION', '', { HKM_REGION: 'eu-north-1', AWS_REGION: 'y' }],
  ['AWS_REGION', '', { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'y' }],
  ['AWS_DEFAULT_REGION', '', { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-north-1' }],
  // On Windows, names of variables have no case.
  ...(IS_WINDOWS ? [['aws_region', '', { AWS_REGION: undefined, aws_region: 'eu-north-1' }]] : []),
]) {
  test(`requests are signed for the region of ${what}`, async () => {
    await evaluate(configure + RECORD, { ...CREDENTIALS, ...variables })
    assert.match(cloudwatch.requests[0].headers.authorization, /\/eu-north-1\/monitoring\//)
  })
}

for (const [what, configure, variables] of [
  [
    'the option',
    (url) => `hkm.configureHostedKeyMetrics({ endpoint: '${url}' });`,
    { HKM_ENDPOINT: 'http://127.0.0.1:9' },
  ],
  [
    'HKM_ENDPOINT',
    () => '',
    (url) => ({ HKM_ENDPOINT: url, AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:9' }),
  ],
]) {
  test(`requests go to the endpoint of ${what}`, async (t) => {
    const other = await startLocalCloudWatch()
    t.after(() => other.close())
    const extra = typeof variables === 'function' ? variables(other.endpoint) : variables
    await evaluate(configure(other.endpoint) + RECORD, { ...CREDENTIALS, ...extra })
    assert.equal(other.requests.length, 1)
    assert.equal(cloudwatch.requests.length, 0)
  })
}

test('the name of the environment is made acceptable to CloudWatch like a label', async () => {
  for (const name of ['prüfstand', 'prêfstand', ':test', ' '.repeat(2_000)]) {
    await evaluate(RECORD, { ...CREDENTIALS, HKM_ENVIRONMENT: name })
  }
  // `printf %s prüfstand | sha256sum | cut -c1-16`
  const names = [':test', 'pr?fstand~2210ca6d21422e0c', 'pr?fstand~8e6aa6b5008006ff', 'test']
  assert.deepEqual(
    appliedRecords(cloudwatch),
    names.map((name) => `Used Count {Environment=${name},Provider=p} 1`)
  )
})

test('the last error says what, why and when', async () => {
  cloudwatch.setFault(first(1, reset()))
  const { stats } = await evaluate(RECORD)
  assert.equal(stats.lastError.code, 'ConnectionReset')
  assert.match(stats.lastError.message, /connection/)
  assert.ok(Math.abs(Date.parse(stats.lastError.time) - Date.now()) < 60_000)
})

test('metrics that are enabled explicitly do without credentials in the environment', async () => {
  const { stats } = await evaluate(RECORD, {
    HKM_ENABLED: 'true',
    HKM_SHUTDOWN_TIMEOUT_MS: '0',
    HOME: '/nonexistent',
  })
  assert.equal(stats.state, 'on')
  assert.equal(stats.credentialSource, 'default-chain')
  assert.equal(stats.lastError.code, 'CredentialsError')
  assert.equal(stats.possiblyDuplicated, 0)
  assert.equal(cloudwatch.requests.length, 0)
})

test('every bad record is counted, whichever recorder it was given to', async () => {
  const { stats } = await evaluate(`
    for (const recorder of Object.keys(m)) {
      const value = ['recordCostCharged', 'recordQueueWait'].includes(recorder) ? [1] : []
      m[recorder](...value)
      m[recorder](...value, { get provider() { throw 1 }, get tool() { throw 1 } })
      m[recorder](...value, { provider: {}, tool: {} })
    }
    m.recordCostCharged(NaN, {}); m.recordQueueWait(NaN, {})`)
  assert.deepEqual(
    { ...stats.dropped },
    {
      ...{ invalidValue: 2, invalidLabel: 24 },
      ...{ bufferFull: 0, tooOld: 0, rejected: 0, unresolved: 0, unobserved: 0 },
    }
  )
  assert.equal(stats.recorded, 26)
})

test('labels that had to be changed are counted each time, and never remembered', async () => {
  const { stats } = await evaluate(`for (let i = 0; i < 3; i++) {
      m.recordUsed({ provider: 'é' }); m.recordUsed({ key: 'sk-abc' })
    }`)
  assert.equal(stats.sanitized, 6)
})

test('an answer of CloudWatch is told in its own words', async () => {
  cloudwatch.setFault(first(1, accessDenied()))
  const { stats } = await evaluate(RECORD)
  const [refused] = cloudwatch.requests
  assert.equal(stats.lastError.code, refused.errorCode)
  assert.match(stats.lastError.message, /not authorized/)
})

test('records in the air are told apart from those that wait', async () => {
  cloudwatch.setFault(hang())
  const { result } = await evaluate(
    `${RECORD}
     hkm.flushHostedKeyMetrics()
     while (hkm.hostedKeyMetricsStats().requests === 0) await new Promise(setImmediate)
     m.recordUsed({ provider: 'q' })
     const { inFlight, buffered } = hkm.hostedKeyMetricsStats()
     process.send({ result: { inFlight, buffered } }, () => process.kill(process.pid, 'SIGKILL'))
     await new Promise(() => {})`
  )
  assert.deepEqual(result, { inFlight: 1, buffered: 1 })
})

test('bytes are counted before and after compression', async () => {
  const { stats } = await evaluate(
    "for (let i = 0; i < 500; i++) m.recordUsed({ tool: 'tool-' + i })"
  )
  const [{ rawBytes, wireBytes }] = cloudwatch.requests
  assert.ok(wireBytes < rawBytes)
  assert.deepEqual(stats.bytesSent, { raw: rawBytes, compressed: wireBytes })
})
