// One bad record never costs a good one, and never the application.

import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  run,
  start,
} from '../testkit/harness.mjs'
import { casesOf, goodCall } from '../testkit/input/cases.mjs'
import { CARRIERS, KINDS } from '../testkit/input/hostile-values.mjs'
import { isSecret, RECORDERS, SeriesModel } from '../testkit/input/model.mjs'
import { SECRETS } from '../testkit/input/secrets.mjs'
import { seriesOf } from '../testkit/workload/recorders.mjs'

const ENVIRONMENT = 'test'

let cloudwatch
let env
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  env = environment(cloudwatch.endpoint, CREDENTIALS)
})
afterEach(() => cloudwatch.close())

describe('whatever a recorder is given', () => {
  /** What every call did, what it should have done, and what arrived of them all. */
  const seen = new Map()
  const expected = []
  let stats
  let arrived
  let requests

  before(async () => {
    const cloudwatch = await startLocalCloudWatch()
    try {
      const { ended, message } = start('hostile.mjs', {
        // Nothing is sent but by a flush, so that nothing moves but by a call.
        env: environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_FLUSH_INTERVAL_MS: '3600000' }),
      })
      const told = await message()
      const { code, stderr, stdout } = await ended
      assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
      const lines = stderr.split('\n').filter((line) => !/ A record of .* was dropped: /.test(line))
      assert.match(lines.join('\n'), /^(\[hkm-native\] .*looks like a secret.*\n){3}$/)
      const model = new SeriesModel(10_000, ENVIRONMENT)
      const seeing = told.told[Symbol.iterator]()
      for (const recorder of RECORDERS) {
        expected.push(model.effect(goodCall(recorder)).record)
        for (const { name, call } of casesOf(recorder)) {
          const [hostile, good] = [model.effect(call), model.effect(goodCall(recorder))]
          for (const { record } of [hostile, good]) if (record) expected.push(record)
          seen.set(name, { is: seeing.next().value, should: { hostile, good } })
        }
      }
      assert.equal(seeing.next().done, true)
      stats = told.stats
      arrived = appliedRecords(cloudwatch)
      requests = cloudwatch.requests
    } finally {
      await cloudwatch.close()
    }
  })

  for (const recorder of RECORDERS) {
    test(`${recorder} returns undefined, and moves the counters of that call alone`, () => {
      for (const { name } of casesOf(recorder)) {
        const { is, should } = seen.get(name)
        assert.equal(is.hostile.surprise, undefined, name)
        assert.deepEqual(is.hostile.moved, should.hostile.moved, name)
      }
    })
  }

  test('a good record after it is recorded as ever', () => {
    for (const [name, { is }] of seen) {
      assert.equal(is.good.surprise, undefined, name)
      assert.deepEqual(is.good.moved, { recorded: 1, buffered: 1 }, name)
    }
  })

  test('CloudWatch gets what could be recorded, each once, and nothing that it refuses', () => {
    const lines = expected.map((record) => `${seriesOf(record)} ${record.value}`).sort()
    assert.deepEqual(arrived, lines)
    assert.deepEqual([...new Set(requests.map(({ status }) => status))], [200])
    const { recorded, applied, buffered, inFlight, dropped } = stats
    const { invalidValue, invalidLabel, ...others } = dropped
    assert.deepEqual(
      { applied, buffered, inFlight },
      { applied: lines.length, buffered: 0, inFlight: 0 }
    )
    assert.deepEqual(others, {
      bufferFull: 0,
      tooOld: 0,
      rejected: 0,
      unresolved: 0,
      unobserved: 0,
    })
    assert.equal(recorded, applied + invalidValue + invalidLabel)
  })

  test('the calls are of every kind, in every position, and end in every way', () => {
    const effects = [...seen.values()].map(({ should }) => should.hostile)
    const ends = new Set(effects.map(({ moved }) => Object.keys(moved).sort().join(' ')))
    for (const end of [
      '',
      'buffered recorded',
      'buffered recorded sanitized',
      'buffered recorded series',
      'buffered recorded sanitized series',
      'dropped.invalidLabel recorded',
      'dropped.invalidValue recorded',
    ]) {
      assert.ok(ends.delete(end), end)
    }
    assert.deepEqual([...ends], [])
    const names = [...seen.keys()].join('\n')
    for (const kind of Object.keys(KINDS)) {
      for (const position of ['labels', 'provider', 'tool', 'key', 'reason', 'value']) {
        assert.ok(names.includes(`, ${position}: ${kind}`), `${position}: ${kind}`)
      }
    }
    for (const carrier of Object.keys(CARRIERS)) assert.ok(names.includes(carrier))
  })
})

/** Records in a child by an expression over `m`, and gives its stats and the records that arrived. */
async function record(statements, extra = {}) {
  const end = await evaluate(statements, { ...env, ...extra })
  return { ...end, records: appliedRecords(cloudwatch) }
}

test('getters may record, flush, and look at the counters', async () => {
  const { stats, records, code } = await record(`
    const reentrant = {
      get provider() {
        m.recordUsed({ provider: 'inner', get tool() { m.recordUnknownModelCost({ tool: 'innermost' }); return 't' } })
        return 'outer'
      },
      get tool() { hkm.flushHostedKeyMetrics(); hkm.hostedKeyMetricsStats(); return 't' },
      get key() {
        try { hkm.configureHostedKeyMetrics({}) } catch {}
        m.recordUsed(null)
        return 'K'
      },
    }
    m.recordUsed(reentrant)
    m.recordUsed(reentrant)`)
  const twice = (line) => [line, line]
  assert.deepEqual(records, [
    ...twice('UnknownModelCost Count {Environment=test,Tool=innermost} 1'),
    ...twice('Used Count {Environment=test,Provider=inner,Tool=t} 1'),
    ...twice('Used Count {Environment=test,Provider=outer,Tool=t,Key=K} 1'),
  ])
  assert.equal(stats.recorded, 8)
  assert.equal(stats.dropped.invalidLabel, 2)
  assert.equal(code, 0)
})

test('a getter of the very first record may record, and both arrive', async () => {
  const { records } = await record(`
    m.recordUsed({ get provider() { m.recordUnknownModelCost({ tool: 'inner' }); return 'outer' } })`)
  assert.deepEqual(records, [
    'UnknownModelCost Count {Environment=test,Tool=inner} 1',
    'Used Count {Environment=test,Provider=outer} 1',
  ])
})

test('a getter that fills the ring many times over loses nothing', async () => {
  const { stats, records } = await record(`
    m.recordUsed({
      get provider() {
        for (let i = 0; i < 50_000; i++) m.recordUnknownModelCost({ tool: 'inner' })
        return 'outer'
      },
    })`)
  assert.equal(records.length, 50_001)
  assert.equal(stats.applied, 50_001)
})

test('recorders can be taken off their object', async () => {
  const { records } = await record(
    "const { recordUsed } = m; recordUsed({ tool: 't' }); ['a'].forEach(() => recordUsed.call(null, { tool: 't' }))"
  )
  assert.deepEqual(records, Array(2).fill('Used Count {Environment=test,Tool=t} 1'))
})

describe('a secret given as key', () => {
  for (const { name, secret, core } of SECRETS) {
    assert.ok(isSecret(secret) && secret.includes(core), name)
  }

  test('never leaves the process, nor reaches a log, whichever recorder it was given to, and however', async () => {
    const { ended, message } = start('secrets.mjs', { env })
    const { stats, redacted } = await message()
    const end = await ended
    assert.equal(end.code, 0)
    assert.equal(stats.sanitized, redacted)
    const lines = appliedRecords(cloudwatch)
    assert.equal(lines.length, stats.applied)
    const [withKey, without] = [
      lines.filter((line) => line.includes('Key=')),
      /\{Environment=test\} 1$/,
    ]
    assert.equal(withKey.length, redacted)
    assert.ok(withKey.every((line) => line.includes('Key=[redacted]')))
    assert.ok(lines.every((line) => withKey.includes(line) || without.test(line)))
    const places = {
      requests: JSON.stringify(cloudwatch.requests),
      stats: JSON.stringify(stats),
      stdout: end.stdout,
      stderr: end.stderr,
    }
    for (const { name, core } of SECRETS) {
      for (const [place, text] of Object.entries(places)) {
        assert.ok(!text.includes(core), `${name} is in the ${place}`)
      }
    }
    // One for each metric.
    assert.equal(end.stderr.match(/looks like a secret/g)?.length, 3)
  })

  test('is taken for the name that it is when it is one', async () => {
    const names = [
      ...['OPENAI_API_KEY', 'OPENAI_API_KEY_2', 'exa_key', 'ExaKey2', '_', 'K'.repeat(900)],
      ...['AZURE_OPENAI_API_KEY_WESTEUROPE_2', 'S3_KEY', 'TOKEN', 'openai_key_3', 'Key1'],
      ...['npm_token', 'ASIA_OPENAI_KEY', 'secret_key', 'TENANT_123456789012_KEY'],
    ]
    const { records, stats, stderr } = await record(
      `for (const key of ${JSON.stringify(names)}) m.recordUpstreamRateLimited({ key })`
    )
    const line = (key) => `UpstreamRateLimited Count {Environment=test,Key=${key}} 1`
    assert.deepEqual(records, names.map(line).sort())
    assert.equal(stats.sanitized, 0)
    assert.equal(stderr, '')
  })
})

test('past maxSeries further series fold into one a metric, and no record is lost', async () => {
  const { stats, records, stderr } = await record(
    `for (let i = 0; i < 500; i++) m.recordUsed({ provider: 'p', tool: 'tool-' + i, key: 'K' })
     for (let i = 0; i < 10; i++) { m.recordUsed({ tool: 't' }); m.recordUsed({}) }
     m.recordUsed({ provider: 'p', tool: 'tool-0', key: 'K' })`,
    { HKM_MAX_SERIES: '20' }
  )
  const folded = records.filter((line) => line.includes('Tool=_overflow'))
  assert.equal(records.length, 521)
  assert.equal(folded.length, 500)
  assert.deepEqual(
    [...new Set(folded)],
    ['Used Count {Environment=test,Provider=_overflow,Tool=_overflow,Key=_overflow} 1']
  )
  assert.equal(records.filter((line) => line.includes('Tool=tool-0,')).length, 2)
  assert.equal(stats.series, 21)
  assert.equal(stats.overflowedSeries, 500)
  assert.equal(stderr.match(/maxSeries/g)?.length, 1)
})

test('every metric has an overflow series of its own', async () => {
  const calls = RECORDERS.map((recorder) => {
    const value = ['recordCostCharged', 'recordQueueWait'].includes(recorder) ? '3, ' : ''
    return `m.${recorder}(${value}{ provider: 'p', tool: 't', key: 'K', reason: 'r' })`
  })
  const { stats, records } = await record(calls.join('\n'), { HKM_MAX_SERIES: '1' })
  assert.equal(records.filter((line) => line.includes('=_overflow')).length, 7)
  assert.equal(new Set(records).size, 8)
  assert.equal(stats.series, 8)
  assert.equal(stats.overflowedSeries, 7)
})

test('a harness that forgets loopback does not start', () => {
  const forgotten = [
    { AWS_ENDPOINT_URL: undefined },
    { AWS_ENDPOINT_URL: 'https://monitoring.us-east-1.amazonaws.com' },
    { AWS_EC2_METADATA_DISABLED: undefined },
    { NO_PROXY: undefined },
  ]
  for (const extra of forgotten) {
    assert.throws(() => run('expression.mjs', { env: environment(cloudwatch.endpoint, extra) }))
  }
})
