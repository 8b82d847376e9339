// Labels that CloudWatch would refuse, labels that share a series, and labels of any length: what they become, and what
// they cost.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import fc from 'fast-check'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

let cloudwatch
let env
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  env = environment(cloudwatch.endpoint, CREDENTIALS)
})
afterEach(() => cloudwatch.close())

/** Records each label once, as the tool, and returns the stats and the tools that arrived. */
async function tools(labels) {
  const { stats } = await evaluate(
    `for (const tool of ${JSON.stringify(labels)}) m.recordUnknownModelCost({ tool })`,
    env
  )
  const arrived = cloudwatch
    .applied()
    .map(({ dimensions }) => dimensions.find(({ Name }) => Name === 'Tool')?.Value)
  return { stats, arrived }
}

describe('labels that differ', () => {
  const long = 'x'.repeat(1_024)
  const DISTINCT = [
    ...['検索', '翻訳', 'e', 'é', 'è', 'e\u0301', '?', '??', '🔑', '👩‍👩‍👧‍👦', 'a🔑', 'a🗝'],
    ...['\ud800', '\ud801', '\udc00', '\ufffd', 'a\ud800b', 'a\udc00b', '\ufffe', '\ufffe\ufffe'],
    ...['שלום', 'שלם', '\u202eabc', 'abc', '\0', '\x01', '\n', '\r\n', '\t', '\x7f', '\u00a0'],
    ...['a', ':a', '::a', ':', '::', ' a', 'a ', ': ', ' :'],
    ...[long, `${long}y`, `${long}z`, `${long}${long}`, `${long}é`, 'é'.repeat(1_025)],
    ...['x'.repeat(4_096), 'x'.repeat(4_097), `${'x'.repeat(4_096)}4097`, `${'x'.repeat(4_095)}🔑`],
    // What changed labels look like.
    ...['?~1b6b1a6f89315f6e', '?~1b6b1a6f89315f6e~0000000000000000'],
  ]

  test('stay different, and are acceptable to CloudWatch', async () => {
    assert.equal(new Set(DISTINCT).size, DISTINCT.length)
    const { stats, arrived } = await tools(DISTINCT)
    assert.equal(new Set(arrived).size, DISTINCT.length)
    for (const label of arrived) assert.match(label, /^(?=.*[^ ])[ -~]{1,1024}$/)
    assert.equal(stats.series, DISTINCT.length)
    assert.equal(stats.applied, DISTINCT.length)
    assert.deepEqual([...new Set(cloudwatch.requests.map(({ status }) => status))], [200])
  })

  test('stay different, whatever they are', async () => {
    const text = fc.array(
      fc.constantFrom('a', 'é', '検', '\ud83d', '\udd11', '\ufffe', ' ', '?', '~')
    )
    const labels = fc.sample(text, { numRuns: 2_000, seed: 1 }).map((units) => units.join(''))
    const distinct = [...new Set(labels)].filter((label) => /[^ ]/.test(label))
    assert.ok(distinct.length > 1_000)
    const { arrived } = await tools(distinct)
    assert.equal(new Set(arrived).size, distinct.length)
  })
})

test('a changed label keeps what is printable, and ends in a hash that anybody can compute', async () => {
  const labels = ['検索', 'über straße', 'a\tb']
  const { stats, arrived } = await tools(labels)
  const hash = (label) => createHash('sha256').update(label).digest('hex').slice(0, 16)
  const [one, two, three] = labels.map(hash)
  assert.deepEqual(arrived.sort(), [`?~${one}`, `?ber stra?e~${two}`, `a?b~${three}`].sort())
  assert.equal(stats.sanitized, 3)
})

test('a label is told apart from others by its first 4,096 characters and its length', async () => {
  const start = 'x'.repeat(4_096)
  const { stats, arrived } = await tools([`${start}ab`, `${start}cd`, `${start}abc`])
  assert.deepEqual([stats.series, stats.sanitized], [2, 3])
  assert.ok(arrived.every((label) => label.length === 1_024))
})

test('a blank label leaves its dimension out, however long it is', async () => {
  const { stats, arrived } = await tools([' ', ' '.repeat(1_024), ' '.repeat(5_000)])
  assert.deepEqual(arrived, [undefined])
  assert.deepEqual([stats.applied, stats.sanitized], [3, 0])
})

/** Evaluates statements, and returns the stats and the number of native calls. */
async function counted(statements, { variables = {}, memory = 'shared' } = {}) {
  const { message, ended } = start('counted-calls.cjs', {
    env: { ...env, ...variables },
    args: [statements, memory],
  })
  const told = await message()
  const { code, stderr } = await ended
  assert.equal(code, 0)
  return { ...told, stderr }
}

describe('a label that was recorded before costs no native call, and is counted each time', () => {
  const RECORDS = 1_000
  const one = { sanitized: 0, overflowedSeries: 0 }
  for (const [what, label, counters, variables] of [
    ['outside ASCII', '検索', { ...one, sanitized: RECORDS }],
    ['an unpaired surrogate', '\ud800', { ...one, sanitized: RECORDS }],
    ['cut', 'x'.repeat(2_000), { ...one, sanitized: RECORDS }],
    ['very long', 'x'.repeat(10_000), { ...one, sanitized: RECORDS }],
    ['a secret', 'sk-1234', { ...one, sanitized: RECORDS }],
    ['blank', '  ', one],
    ['past maxSeries', 'K2', { ...one, overflowedSeries: RECORDS }, { HKM_MAX_SERIES: '1' }],
    [
      'outside ASCII, and past maxSeries',
      '検索',
      { sanitized: RECORDS, overflowedSeries: RECORDS },
      // A key of such characters would be redacted.
      { HKM_MAX_SERIES: '1' },
    ],
  ]) {
    test(what, async () => {
      const name = what.includes('secret') || what === 'past maxSeries' ? 'key' : 'tool'
      const { calls, stats } = await counted(
        `m.recordUsed({ provider: 'known' })
         for (let i = 0; i < ${RECORDS}; i++) m.recordUsed({ ${name}: ${JSON.stringify(label)} })`,
        { variables }
      )
      assert.equal(calls.resolve, 2)
      assert.equal(stats.applied, RECORDS + 1)
      assert.deepEqual({ ...stats, ...counters }, stats)
    })
  }

  test('thousands of them in turn', async () => {
    const { calls, stats } = await counted(
      `for (let round = 0; round < 4; round++) {
         for (let i = 0; i < 3_000; i++) m.recordUsed({ tool: 't', key: 'sk-' + i })
       }`
    )
    assert.equal(calls.resolve, 3_000)
    assert.equal(stats.sanitized, 12_000)
  })

  test('a label of a wrong type is refused each time', async () => {
    const { stats } = await counted(
      'for (let i = 0; i < 100; i++) m.recordUsed({ provider: "p", tool: {} })'
    )
    assert.deepEqual([stats.recorded, stats.dropped.invalidLabel, stats.series], [100, 100, 0])
  })
})

test('a label of a hundred million characters is not copied', async () => {
  const { stats, result } = await evaluate(
    `const labels = ['1', '2', '3'].map((fill) => fill.repeat(1e8))
     // The engine writes the characters of a repeated text down when one is read.
     for (const tool of labels) tool.charCodeAt(1)
     m.recordUsed({ provider: 'p' })
     const before = process.resourceUsage().maxRSS
     for (let i = 0; i < 30; i++) {
       for (const tool of labels) m.recordUsed({ tool })
     }
     return process.resourceUsage().maxRSS - before`,
    env
  )
  assert.ok(result < 50_000, `${result} kB`)
  assert.deepEqual([stats.series, stats.sanitized], [4, 90])
})

describe('a value', () => {
  test('that is too small for CloudWatch is recorded as zero and counted', async () => {
    const tiny = [5e-324, 2 ** -361, -5e-324, 2 ** -360 * (1 - Number.EPSILON / 2)]
    const { stats } = await evaluate(
      `for (let i = 0; i < 10_000; i++) m.recordQueueWait(5, { provider: 'p' })
       for (const wait of [${tiny}]) m.recordQueueWait(wait, { provider: 'p' })
       m.recordQueueWait(2 ** -360, { provider: 'p' })`,
      env
    )
    const [{ values, counts }, ...others] = cloudwatch.applied()
    assert.deepEqual(others, [])
    assert.deepEqual(
      [values, counts],
      [
        [0, 2 ** -360, 5],
        [tiny.length, 1, 10_000],
      ]
    )
    assert.equal(stats.sanitized, tiny.length)
    assert.equal(stats.applied, 10_005)
  })

  test('that is too small for CloudWatch is no cost, like zero', async () => {
    const { stats } = await evaluate(
      `for (const cost of [5e-324, 2 ** -361, 0, -1]) m.recordCostCharged(cost, { provider: 'p' })
       m.recordCostCharged(2 ** -360, { provider: 'p' })`,
      env
    )
    assert.deepEqual(appliedRecords(cloudwatch), [
      `CostCharged None {Environment=test,Provider=p} ${2 ** -360}`,
    ])
    assert.deepEqual([stats.recorded, stats.sanitized], [1, 0])
  })

  test('of a record whose label is changed as well is counted once', async () => {
    const { stats } = await evaluate('m.recordQueueWait(-1, { provider: "é" })', env)
    assert.deepEqual([stats.recorded, stats.sanitized], [1, 1])
  })
})

describe('where the host forbids memory that the engine did not allocate', () => {
  test('records are made by native calls, and all arrive', async () => {
    const { calls, stats, stderr } = await counted(
      `for (let i = 0; i < 20_000; i++) m.recordQueueWait(i % 100, { provider: i % 2 ? 'odd' : 'é' })
       m.recordQueueWait(NaN, {})
       m.recordUsed({ tool: {} })`,
      { memory: 'copies' }
    )
    assert.equal(calls.record, 20_000)
    const sum = cloudwatch
      .applied()
      .flatMap(({ values, counts }) => values.map((value, index) => value * counts[index]))
      .reduce((sum, value) => sum + value)
    assert.equal(sum, 200 * 4_950)
    const { recorded, applied, sanitized, dropped } = stats
    assert.deepEqual(
      { recorded, applied, sanitized },
      { recorded: 20_002, applied: 20_000, sanitized: 10_000 }
    )
    assert.deepEqual([dropped.invalidValue, dropped.invalidLabel], [1, 1])
    assert.match(stderr, /^(\[hkm-native\] A record of .* was dropped: .*\n){2}$/)
  })

  test('records that are made while the process ends arrive', async () => {
    const { message, ended } = start('counted-calls.cjs', {
      env,
      args: [
        `m.recordUsed({ tool: 'early' })
         process.on('exit', () => m.recordUsed({ tool: 'late' }))`,
        'copies',
      ],
    })
    await message()
    assert.equal((await ended).code, 0)
    assert.deepEqual(
      appliedRecords(cloudwatch),
      ['early', 'late'].map((tool) => `Used Count {Environment=test,Tool=${tool}} 1`)
    )
  })

  test('memory that is shared is used without a call a record', async () => {
    const { calls } = await counted('for (let i = 0; i < 100; i++) m.recordUsed({ tool: "t" })')
    assert.equal(calls.record, undefined)
  })
})
