// A CloudWatch that misbehaves: nothing is lost, nothing doubled where the outcome was known, and each fault moves
// exactly its counters.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  accessDenied,
  expiredToken,
  first,
  hang,
  outOf,
  poison,
  reset,
  slowDrip,
  status,
  throttle,
  tooManyDatums,
} from '@sim/local-cloudwatch/faults'
import { openBed } from '../matrix/bed.mjs'
import { sizeOf } from '../matrix/tally.mjs'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const AUTHORITY = certificateFile('ca.pem')
const RECORDS = 64
const SERIES = 16
const RECORD = `
  for (let i = 0; i < ${RECORDS}; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i % ${SERIES}, key: 'K' });`

/** The counters after a delivery that nothing went wrong with. */
const UNDISTURBED = {
  state: 'on',
  reason: '',
  credentialSource: 'static',
  region: 'us-east-1',
  recorded: RECORDS,
  applied: RECORDS,
  buffered: 0,
  inFlight: 0,
  possiblyDuplicated: 0,
  dropped: {
    invalidValue: 0,
    invalidLabel: 0,
    bufferFull: 0,
    tooOld: 0,
    rejected: 0,
    unresolved: 0,
    unobserved: 0,
  },
  sanitized: 0,
  series: SERIES,
  rollups: {
    series: 0,
    stored: 0,
    applied: 0,
    buffered: 0,
    inFlight: 0,
    possiblyDuplicated: 0,
    dropped: 0,
  },
  overflowedSeries: 0,
  flushIntervalMs: 30_000,
  clockOffsetMs: 0,
  requests: 1,
  throttled: 0,
  retries: 0,
}

/** Of what was sent and when, other suites tell. */
function countersOf({ bytesSent, lastSuccessAt, lastError, ...counters }) {
  return counters
}

const AGAIN = { requests: 2, retries: 1 }
const THROTTLED = { throttled: 1, flushIntervalMs: 60_000 }
const DOUBTED = { ...AGAIN, possiblyDuplicated: RECORDS }
const TWICE = 2 * RECORDS
const page = { body: '<html>Please log in</html>' }
const garbled = { body: Buffer.from('9f9f9f', 'hex'), contentType: 'application/cbor' }
const after = { when: 'after' }

/** Delivers to a CloudWatch with a fault: what it took, what the package counted, and what it warned of. */
async function deliver(t, fault) {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  cloudwatch.setFault(fault)
  const { stats, stderr } = await evaluate(RECORD, environment(cloudwatch.endpoint, CREDENTIALS))
  assert.equal(stats.requests, cloudwatch.requests.length)
  return { records: appliedRecords(cloudwatch), stats, stderr }
}

test('without a fault nothing is counted, and nothing warned of', async (t) => {
  const { records, stats, stderr } = await deliver(t, undefined)
  assert.equal(records.length, RECORDS)
  assert.deepEqual(countersOf(stats), UNDISTURBED)
  assert.equal(stats.lastError, undefined)
  assert.equal(stderr, '')
})

describe('a request that was certainly not applied is sent again, and counts once', () => {
  for (const [name, fault, moved, code, warning] of [
    [
      'throttled',
      first(1, throttle()),
      { ...AGAIN, ...THROTTLED },
      'Throttling',
      /is enough for 15000 processes like this one, with 1 request every 30000 ms.* set flushIntervalMs to 60000 or more/,
    ],
    [
      'throttled 3 of 4 times',
      outOf(3, 4, throttle()),
      { ...THROTTLED, requests: 4, retries: 3, throttled: 3 },
      'Throttling',
      /quota/,
    ],
    [
      'throttled under the other name',
      first(1, throttle({ queryError: false })),
      { ...AGAIN, ...THROTTLED },
      'ThrottlingException',
      /quota/,
    ],
    [
      'access denied',
      first(1, accessDenied()),
      AGAIN,
      'AccessDenied',
      /allow cloudwatch:PutMetricData/,
    ],
    ['an expired token', first(1, expiredToken()), AGAIN, 'ExpiredToken', /expired/],
    [
      'a page that is not found',
      first(1, status(404, page)),
      AGAIN,
      'HTTP 404',
      /is not CloudWatch/,
    ],
    // Sixteen datums, then twice eight; what is only too large is no error.
    ['413 above 8 datums', tooManyDatums(8), { requests: 3, retries: 1 }, undefined, /^$/],
  ]) {
    test(name, async (t) => {
      const { records, stats, stderr } = await deliver(t, fault)
      assert.equal(records.length, RECORDS)
      assert.deepEqual(countersOf(stats), { ...UNDISTURBED, ...moved })
      assert.equal(stats.lastError?.code, code)
      assert.match(stderr, warning)
    })
  }
})

describe('a request whose fate is unknown is sent again, and its records are counted as possibly doubled', () => {
  for (const [name, fault, code, arrived] of [
    ['500', status(500), 'InternalServiceError', RECORDS],
    ['503', status(503, { errorCode: 'ServiceUnavailable' }), 'ServiceUnavailable', RECORDS],
    ['a connection that is reset', reset(), 'ConnectionReset', RECORDS],
    ['no answer', hang(), 'TimeoutError', RECORDS],
    ['a captive portal with status 200', status(200, page), 'HTTP 200', RECORDS],
    ['applied, then 500', status(500, after), 'InternalServiceError', TWICE],
    ['applied, then a connection that is reset', reset(after), 'ConnectionReset', TWICE],
    [
      'applied, then 200 that does not parse',
      status(200, { ...garbled, ...after }),
      'HTTP 200',
      TWICE,
    ],
    ['applied, then an answer a byte at a time', slowDrip({ delayMs: 200 }), 'TimeoutError', TWICE],
  ]) {
    test(name, async (t) => {
      const { records, stats, stderr } = await deliver(t, first(1, fault))
      assert.equal(records.length, arrived)
      assert.deepEqual(countersOf(stats), { ...UNDISTURBED, ...DOUBTED })
      assert.equal(stats.lastError.code, code)
      assert.match(stderr, /sent again, and may count twice/)
    })
  }
})

test('of a request that is refused only the culprit is dropped', async (t) => {
  const isCulprit = ({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'tool-13')
  const { records, stats, stderr } = await deliver(t, poison(isCulprit))
  const culprits = RECORDS / SERIES
  assert.equal(records.length, RECORDS - culprits)
  assert.ok(records.every((line) => !line.includes('tool-13')))
  // Sixteen datums are halved four times until the culprit stands alone. A request without
  // records follows, and then the culprit once more.
  assert.deepEqual(countersOf(stats), {
    ...UNDISTURBED,
    requests: 11,
    retries: 5,
    applied: RECORDS - culprits,
    dropped: { ...UNDISTURBED.dropped, rejected: culprits },
  })
  assert.equal(stats.lastError.code, 'InvalidParameterValue')
  assert.match(stderr, /dropped.*InvalidParameterValue/)
})

test('records wait for a name that cannot be resolved', async (t) => {
  const cloudwatch = await startLocalCloudWatch()
  t.after(() => cloudwatch.close())
  // A label may have 63 characters (RFC 1035): there is nobody to ask about it.
  const endpoint = `http://${'x'.repeat(64)}.localhost`
  const { result } = await evaluate(
    `hkm.configureHostedKeyMetrics({ endpoint: '${endpoint}', shutdownTimeoutMs: 0 })
      ${RECORD}
      hkm.flushHostedKeyMetrics()
      while (!hkm.hostedKeyMetricsStats().lastError) await new Promise(setImmediate)
      process.send({ result: hkm.hostedKeyMetricsStats() }, () => process.kill(process.pid, 'SIGKILL'))
      await new Promise(() => {})`,
    environment(cloudwatch.endpoint, CREDENTIALS)
  )
  const waiting = { applied: 0, buffered: RECORDS, requests: 1, retries: 1 }
  assert.deepEqual(countersOf(result), { ...UNDISTURBED, ...waiting })
  assert.equal(result.lastError.code, 'ConnectError')
  assert.match(
    result.lastError.message,
    // Windows resolves names by itself.
    IS_WINDOWS
      ? /the name x{64}\.localhost was not resolved: /
      : /the name x{64}\.localhost was not resolved: a label .* longer than 63 characters/
  )
  assert.equal(cloudwatch.requests.length, 0)
})

/** Records while `bed` cannot be reached, lets it be reached after the first failure, and gives the stats. */
async function recordAcross(bed, { before = '', env = {} }, restore) {
  const told = `
    hkm.flushHostedKeyMetrics()
    while (hkm.hostedKeyMetricsStats().lastError === undefined) await new Promise(setImmediate)
    process.send('failed')
    await new Promise((resolve) => process.once('message', resolve))`
  const { child, message, ended } = start('expression.mjs', {
    env: environment(bed.endpoint, { ...CREDENTIALS, ...env }),
    args: [before + RECORD + told],
  })
  if (before) {
    assert.equal(await message(), 'delivered')
    await bed.goAway()
    child.send('away')
  }
  assert.equal(await message(), 'failed')
  await restore()
  child.send('restored')
  const { stats } = await message()
  assert.equal((await ended).code, 0)
  return stats
}

describe('records wait for a CloudWatch that cannot be connected to, and count once when it can', () => {
  /** Each failed attempt was one retry; how many there were depends on the backoff. */
  const waited = (stats, others) => {
    const { requests, retries } = stats
    assert.ok(retries > 0)
    assert.deepEqual(countersOf(stats), { ...UNDISTURBED, requests, retries, ...others })
    assert.equal(stats.lastError.code, 'ConnectError')
  }

  test('that comes late', async (t) => {
    const bed = await openBed()
    t.after(() => bed.close())
    await bed.goAway()
    const stats = await recordAcross(bed, {}, () => bed.comeBack())
    waited(stats, { requests: stats.retries + 1 })
    assert.equal(sizeOf(bed.arrived()), RECORDS)
  })

  test('that goes away, and comes back at the same port', async (t) => {
    const bed = await openBed()
    t.after(() => bed.close())
    const before = `${RECORD}
      await hkm.flushHostedKeyMetrics()
      process.send('delivered')
      await new Promise((resolve) => process.once('message', resolve));`
    const stats = await recordAcross(bed, { before }, () => bed.comeBack())
    waited(stats, { recorded: 2 * RECORDS, applied: 2 * RECORDS, requests: stats.retries + 2 })
    assert.equal(sizeOf(bed.arrived()), 2 * RECORDS)
  })

  test('whose certificate is not trusted at first', async (t) => {
    const bed = await openBed({ tls: serverTls('self-signed.pem') })
    t.after(() => bed.close())
    const stats = await recordAcross(bed, { env: { AWS_CA_BUNDLE: AUTHORITY } }, async () => {
      await bed.goAway()
      await bed.comeBack({ tls: serverTls('server.pem') })
    })
    waited(stats, { requests: stats.retries + 1 })
    assert.equal(sizeOf(bed.arrived()), RECORDS)
    assert.equal(bed.received(), 1)
  })
})
