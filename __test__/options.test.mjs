// Options and environment: what turns metrics on, and what a wrong setting says.

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { throttle } from '@sim/local-cloudwatch/faults'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate as evaluateIn,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { NEEDS_SPOOL } from '../testkit/platform.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const evaluate = (statements, extra = CREDENTIALS) =>
  evaluateIn(statements, environment(cloudwatch.endpoint, extra))

const RECORD = "m.recordUsed({ provider: 'p' })"

describe('a bad option throws a TypeError that names it', () => {
  for (const [options, name] of [
    ["{ enabled: 'yes' }", 'enabled'],
    ["{ environment: '' }", 'environment'],
    ["{ region: 'US EAST' }", 'region'],
    ["{ endpoint: 'localhost:80' }", 'endpoint'],
    ["{ endpoint: 'ftp://127.0.0.1' }", 'endpoint'],
    ['{ flushIntervalMs: 99 }', 'flushIntervalMs'],
    ["{ flushIntervalMs: '5000' }", 'flushIntervalMs'],
    ['{ shutdownTimeoutMs: -1 }', 'shutdownTimeoutMs'],
    ['{ shutdownTimeoutMs: NaN }', 'shutdownTimeoutMs'],
    ['{ maxBufferedDatums: 0 }', 'maxBufferedDatums'],
    ['{ maxBufferedDatums: 2 ** 32 + 5 }', 'maxBufferedDatums'],
    ['{ maxSeries: 1.5 }', 'maxSeries'],
    ["{ spoolDirectory: '' }", 'spoolDirectory'],
    ["{ spoolDirectory: ' \\n' }", 'spoolDirectory'],
    ["{ spoolDirectory: 'a\\0b' }", 'spoolDirectory'],
    ["{ spoolDirectory: new URL('file:///tmp') }", 'spoolDirectory'],
    ['{ spoolDirectory: null }', 'spoolDirectory'],
    ['{ spoolMaxBytes: 1_999_999 }', 'spoolMaxBytes'],
    ['{ spoolMaxBytes: 1_000_000_001 }', 'spoolMaxBytes'],
    ["{ spoolMaxBytes: '64000000' }", 'spoolMaxBytes'],
    ['{ storageResolution: 30 }', 'storageResolution'],
    ['{ logger: {} }', 'logger'],
    ['{ logger: null }', 'logger'],
    ['{ flushInterval: 5000 }', 'flushInterval'],
    ['{ toString: 1 }', 'toString'],
    ['null', 'options'],
    ['undefined', 'options'],
  ]) {
    test(options, async () => {
      const { result } = await evaluate(`
        try { hkm.configureHostedKeyMetrics(${options}) } catch (error) {
          return { isTypeError: error instanceof TypeError, message: error.message }
        }`)
      assert.equal(result?.isTypeError, true)
      assert.match(result.message, new RegExp(`configureMetrics: .*\\b${name}\\b`))
    })
  }

  test('and leaves the options as they were, also the good ones beside it', async () => {
    const { result } = await evaluate(`
      try { hkm.configureHostedKeyMetrics({ environment: 'never', maxSeries: 0 }) } catch {}
      ${RECORD}`)
    assert.equal(result, undefined)
    assert.deepEqual(appliedRecords(cloudwatch), ['Used Count {Environment=test,Provider=p} 1'])
  })
})

test('options are taken before the first record, add up, and win over the environment', async () => {
  const { result } = await evaluate(
    `hkm.configureHostedKeyMetrics({ environment: 'configured', enabled: undefined })
     hkm.configureHostedKeyMetrics({ storageResolution: 1, endpoint: '${cloudwatch.endpoint}/base' })
     ${RECORD}
     try { hkm.configureHostedKeyMetrics({}) } catch (error) { return error.message }`,
    { ...CREDENTIALS, HKM_ENVIRONMENT: 'variable', HKM_STORAGE_RESOLUTION: '60' }
  )
  assert.match(result, /before the first record/)
  const [datum] = cloudwatch.applied()
  assert.equal(datum.storageResolution, 1)
  assert.deepEqual(datum.dimensions[0], { Name: 'Environment', Value: 'configured' })
})

test('region, endpoint and buffer are as they were asked for', async () => {
  const { stats } = await evaluate(
    `hkm.configureHostedKeyMetrics({ region: 'eu-north-1', endpoint: '${cloudwatch.endpoint}/base' })
     ${RECORD}`,
    { ...CREDENTIALS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'us-west-2' }
  )
  assert.equal(stats.applied, 1)
  assert.match(cloudwatch.requests[0].headers.authorization, /\/eu-north-1\/monitoring\//)

  const variables = { HKM_REGION: 'ap-south-1', HKM_ENDPOINT: cloudwatch.endpoint }
  await evaluate(RECORD, { ...CREDENTIALS, ...variables, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' })
  assert.match(cloudwatch.requests[1].headers.authorization, /\/ap-south-1\/monitoring\//)
})

test('records past maxBufferedDatums are dropped, counted and warned about', async () => {
  cloudwatch.setFault(throttle())
  const { stats, stderr } = await evaluate(
    `for (let i = 0; i < 20; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i })
     hkm.hostedKeyMetricsStats()
     ${UNTIL_A_FAULT}`,
    { ...CREDENTIALS, HKM_MAX_BUFFERED_DATUMS: '5' }
  )
  assert.equal(stats.dropped.bufferFull, 15)
  assert.equal(stats.buffered + stats.inFlight, 5)
  assert.match(stderr, /15 records were dropped.*maxBufferedDatums/)
})

describe('a spool directory', NEEDS_SPOOL, () => {
  let folder
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hkm-spool-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const LOOK = `
    const { readdirSync, statSync } = await import('node:fs')
    const look = () => readdirSync('.').map((name) => [name, statSync(name).mode & 0o777, statSync(name).size])`

  test('is relative to the working directory, and holds a file of that size for its user alone, while it is needed', async () => {
    const { result, stats, stderr } = await evaluate(
      `${LOOK}
       process.chdir(${JSON.stringify(folder)})
       hkm.configureMetrics({ spoolDirectory: '.', spoolMaxBytes: 2_000_000 })
       ${RECORD}
       return { files: look(), spool: hkm.metricsStats().spool }`
    )
    const [[name, ...file], ...others] = result.files
    assert.match(name, /^[0-9a-f]{16}\.hkm-spool$/)
    assert.deepEqual([file, others], [[0o600, 2_000_000], []])
    const { directory, ...counters } = result.spool
    assert.equal(await realpath(directory), await realpath(folder))
    assert.deepEqual(counters, {
      ...{ adopted: 0, adoptedFiles: 0, setAside: 0 },
      ...{ dropped: 0, overflows: 0 },
    })
    assert.equal(stderr, '')
    assert.equal(stats.applied, 1)
    assert.deepEqual(await readdir(folder), [])
  })

  test('that does not exist is warned about once, and nothing else changes', async () => {
    const absent = join(folder, 'absent')
    const { stats, stderr } = await evaluate(`${RECORD}; ${RECORD}`, {
      ...CREDENTIALS,
      HKM_SPOOL_DIRECTORY: absent,
    })
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 1)
    const begin = `[hkm-native] Records are not kept in ${absent}, and are lost if the process is killed: `
    assert.equal(lines[0].slice(0, begin.length), begin)
    assert.deepEqual([stats.applied, stats.spool], [2, undefined])
    assert.deepEqual(await readdir(folder), [])
  })

  test('that is a file is warned about too', async () => {
    const file = join(folder, 'file')
    await writeFile(file, 'kept')
    const { stats, stderr } = await evaluate(RECORD, { ...CREDENTIALS, HKM_SPOOL_DIRECTORY: file })
    assert.match(stderr, /^\[hkm-native\] Records are not kept in .*\n$/)
    assert.equal(stats.applied, 1)
    assert.equal(await readFile(file, 'utf8'), 'kept')
  })
})

test('a flush interval is kept: many of them pass while records come', async () => {
  await evaluate(
    `for (let i = 0; i < 40; i++) {
       ${RECORD}
       await new Promise((resolve) => setTimeout(resolve, 50))
     }`,
    { ...CREDENTIALS, HKM_FLUSH_INTERVAL_MS: '100' }
  )
  assert.ok(cloudwatch.requests.length >= 5, `${cloudwatch.requests.length} requests`)
  assert.equal(appliedRecords(cloudwatch).length, 40)
})

test('a profile in a file is used when metrics are turned on explicitly', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hkm-'))
  try {
    const file = join(folder, 'credentials')
    await writeFile(file, '[dev]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = local\n')
    const profile = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: 'dev', HOME: folder }
    const off = await evaluate(RECORD, profile)
    assert.equal(off.stats.state, 'off')
    const on = await evaluate(RECORD, { ...profile, HKM_ENABLED: 'TRUE' })
    assert.equal(on.stats.credentialSource, 'default-chain')
    assert.match(cloudwatch.requests[0].headers.authorization, /Credential=AKIDPROFILE\//)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a bad variable is warned about once and ignored', async () => {
  const { stderr, stats } = await evaluate(`${RECORD}; ${RECORD}`, {
    ...CREDENTIALS,
    HKM_FLUSH_INTERVAL_MS: 'soon',
    HKM_MAX_SERIES: '-4',
    HKM_SPOOL_MAX_BYTES: '64MB',
    HKM_SIGNALS: 'perhaps',
    HKM_ENDPIONT: 'http://127.0.0.1:9',
  })
  for (const name of [
    ...['HKM_FLUSH_INTERVAL_MS', 'HKM_MAX_SERIES', 'HKM_SPOOL_MAX_BYTES'],
    ...['HKM_SIGNALS', 'HKM_ENDPIONT'],
  ]) {
    assert.equal(stderr.match(new RegExp(name, 'g'))?.length, 1, name)
  }
  assert.equal(stats.applied, 2)
})

test('a switch that is misspelt switches metrics off, and is warned about once', async () => {
  const { stderr, stats } = await evaluate(`${RECORD}; ${RECORD}`, {
    ...CREDENTIALS,
    HKM_ENABLED: 'flase',
  })
  assert.equal(stats.state, 'off')
  assert.match(stats.reason, /^HKM_ENABLED must be .*, not "flase"$/)
  assert.match(stderr, /^\[hkm-native\] HKM_ENABLED must be .*, not "flase"; metrics are off\n$/)
  assert.equal(cloudwatch.requests.length, 0)
})

test('the Environment dimension is the first variable that is set, else development', async () => {
  const variables = [
    'HKM_ENVIRONMENT',
    'OTEL_DEPLOYMENT_ENVIRONMENT',
    'DEPLOYMENT_ENVIRONMENT',
    'GRAFANA_DEPLOYMENT_ENVIRONMENT',
    'NODE_ENV',
  ]
  for (let first = 0; first <= variables.length; first++) {
    const set = Object.fromEntries(
      variables.map((name, index) => [name, index < first ? '' : name.toLowerCase()])
    )
    await evaluate(RECORD, { ...CREDENTIALS, ...set })
    const { Value } = cloudwatch.applied().at(-1).dimensions[0]
    assert.equal(Value, variables[first]?.toLowerCase() ?? 'development')
  }
})

describe('metrics are off without credentials in the environment', () => {
  for (const [name, extra, reason] of [
    ['none at all', {}, /credentials/],
    ['a profile in the home directory', { AWS_PROFILE: 'dev', HOME: '/' }, /credentials/],
    ['disabled', { ...CREDENTIALS, HKM_ENABLED: 'false' }, /disabled/],
  ]) {
    test(name, async () => {
      const { stats, stderr } = await evaluate(
        `${RECORD}; m.recordUsed(); m.recordQueueWait(NaN)`,
        extra
      )
      assert.equal(stats.state, 'off')
      assert.match(stats.reason, reason)
      assert.equal(stats.recorded, 0)
      assert.equal(stderr, '')
      assert.equal(cloudwatch.requests.length, 0)
    })
  }
})

test('what JavaScript writes to process.env before the first record counts', async () => {
  const { stats } = await evaluate(
    `process.env.AWS_ACCESS_KEY_ID = 'AKIDLATE'; process.env.AWS_SECRET_ACCESS_KEY = 'late'
     process.env.HKM_ENVIRONMENT = 'late'
     ${RECORD}`,
    {}
  )
  assert.equal(stats.credentialSource, 'static')
  assert.equal(cloudwatch.applied()[0].dimensions[0].Value, 'late')
  assert.match(cloudwatch.requests[0].headers.authorization, /Credential=AKIDLATE\//)
})

test('stats are idle before the first record and on after it', async () => {
  const { result, stats } = await evaluate(
    `const before = hkm.hostedKeyMetricsStats(); ${RECORD}; return before`
  )
  assert.equal(result.state, 'idle')
  assert.notEqual(result.reason, '')
  assert.equal(stats.state, 'on')
  assert.equal(stats.reason, '')
  assert.deepEqual(
    { ...stats, lastSuccessAt: undefined, bytesSent: undefined },
    {
      state: 'on',
      reason: '',
      credentialSource: 'static',
      region: 'us-east-1',
      recorded: 1,
      applied: 1,
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
      series: 1,
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
      lastSuccessAt: undefined,
      bytesSent: undefined,
    }
  )
  assert.ok(!Number.isNaN(Date.parse(stats.lastSuccessAt)))
  const [request] = cloudwatch.requests
  assert.deepEqual(stats.bytesSent, { raw: request.rawBytes, compressed: request.wireBytes })
})

test('warnings go to the configured logger, with the prefix, and one that throws does no harm', async () => {
  const { result, stderr, stats } = await evaluate(`
    const lines = []
    hkm.configureHostedKeyMetrics({ logger: { warn(line) { lines.push(line); throw new Error('no') } } })
    m.recordUsed({ key: 'sk-abc' })
    await hkm.flushHostedKeyMetrics()
    return lines`)
  assert.equal(result.length, 1)
  assert.match(result[0], /^\[hkm-native\] .*looks like a secret/)
  assert.equal(stderr, '')
  assert.equal(stats.applied, 1)
})
