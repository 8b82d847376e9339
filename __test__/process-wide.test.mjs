// Tests what all threads of a process share, whichever thread records first: the options, and the
// delivery of warnings.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, first } from '@sim/local-cloudwatch/faults'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/**
 * Runs steps, each `[thread, statements]` or `{ terminate }`; see `testkit/programs/threads.mjs`.
 * Returns what the program sends, and its stderr.
 */
async function play(steps, extra = {}) {
  const named = steps.map((step) =>
    Array.isArray(step) ? { in: step[0], statements: step[1] } : step
  )
  const { message, ended } = start('threads.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, ...extra }),
    args: [JSON.stringify(named)],
  })
  const told = await message()
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  return { ...told, stderr }
}

const configure = (options) => `hkm.configureHostedKeyMetrics(${options})`
const RECORD = "m.recordUsed({ provider: 'p' })"

describe('an option of the main thread applies in a worker that records first', () => {
  test('endpoint, environment, region and resolution', async () => {
    const { results, stats } = await play(
      [
        [
          'main',
          configure(
            `{ endpoint: '${cloudwatch.endpoint}/base', environment: 'chosen', region: 'eu-north-1', storageResolution: 1 }`
          ),
        ],
        ['worker', RECORD],
      ],
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', HKM_ENVIRONMENT: 'variable' }
    )
    assert.deepEqual(results, [{}, {}])
    assert.equal(stats.applied, 1)
    assert.deepEqual(appliedRecords(cloudwatch), ['Used Count {Environment=chosen,Provider=p} 1'])
    assert.equal(cloudwatch.applied()[0].storageResolution, 1)
    assert.match(cloudwatch.requests[0].headers.authorization, /\/eu-north-1\/monitoring\//)
  })

  test('enabled: false, also in a worker that was started before', async () => {
    const { stats, stderr } = await play([
      ['worker', 'return 1'],
      ['main', configure('{ enabled: false }')],
      ['worker', RECORD],
      ['main', RECORD],
    ])
    assert.equal(stats.state, 'off')
    assert.match(stats.reason, /disabled/)
    assert.equal(stderr, '')
    assert.deepEqual(cloudwatch.requests, [])
  })

  test('enabled: true, also if HKM_ENABLED is false', async () => {
    await play(
      [
        ['main', configure('{ enabled: true }')],
        ['worker', RECORD],
      ],
      { HKM_ENABLED: 'false' }
    )
    assert.equal(appliedRecords(cloudwatch).length, 1)
  })

  test('maxSeries, with one more set of labels', async () => {
    const { stats } = await play([
      ['main', configure('{ maxSeries: 1 }')],
      ['worker', `${RECORD}; m.recordUsed({ provider: 'q' })`],
    ])
    assert.equal(stats.overflowedSeries, 1)
  })
})

test('an option of a worker applies in all threads, unless the main thread sets another value', async () => {
  const { results } = await play([
    ['worker', configure("{ environment: 'of a worker' }")],
    ['worker', configure("{ region: 'eu-west-1' }")],
    ['main', configure("{ region: 'eu-north-1' }")],
    ['worker', configure("{ environment: 'of a worker', region: 'eu-west-1' }")],
    ['worker', configure("{ region: 'eu-north-1' }")],
    ['main', RECORD],
  ])
  const errors = results.map(({ error }) => error)
  assert.match(errors[3], /^Error: configureMetrics: region was set by the main thread/)
  assert.deepEqual(errors.toSpliced(3, 1), Array(5).fill(undefined))
  assert.equal(cloudwatch.applied()[0].dimensions[0].Value, 'of a worker')
  assert.match(cloudwatch.requests[0].headers.authorization, /\/eu-north-1\/monitoring\//)
})

test('after the first record in any thread, only values in force and a logger are accepted', async () => {
  const { results } = await play([
    ['main', configure("{ environment: 'chosen' }")],
    ['worker', RECORD],
    ['main', configure("{ environment: 'other' }")],
    ['other worker', configure('{ maxSeries: 5 }')],
    ['main', configure('{}')],
    ['other worker', configure("{ environment: 'chosen' }")],
    ['main', configure("{ environment: 'chosen', logger: console }")],
  ])
  const errors = results.map(({ error }) => error)
  assert.match(errors[2], /before the first record or observation: environment cannot change/)
  assert.match(errors[3], /before the first record or observation: maxSeries cannot change/)
  // A thread that has not recorded may ask for nothing.
  assert.deepEqual(errors.slice(4), [undefined, undefined, undefined])
})

describe('a bad variable is warned about once, however many threads record', () => {
  for (const [name, value] of [
    ['HKM_MAX_SERIES', 'many'],
    ['HKM_MAX_SERIS', '5'],
    ['HKM_ENABLED', 'flase'],
  ]) {
    for (const order of [
      ['first', 'second', 'main'],
      ['main', 'first', 'second'],
    ]) {
      test(`${name}, and ${order[0]} records first`, async () => {
        const { stderr } = await play(
          order.map((thread) => [thread, RECORD]),
          { [name]: value }
        )
        assert.equal(stderr.match(new RegExp(`${name}\\b`, 'g'))?.length, 1, stderr)
      })
    }
  }
})

describe('after the first record, a change is refused in a thread that has not recorded', () => {
  const CHANGES = [
    "{ environment: 'late' }",
    '{ enabled: true }',
    '{ maxSeries: 5, logger: console }',
  ]
  const OFF = { AWS_ACCESS_KEY_ID: undefined }
  for (const [what, extra] of [
    ['metrics are on', {}],
    ['metrics are off without credentials', OFF],
    ['metrics are disabled by a variable', { HKM_ENABLED: 'off' }],
  ]) {
    for (const [first, other] of [
      ['main', 'worker'],
      ['worker', 'main'],
      ['worker', 'other worker'],
    ]) {
      test(`in ${other} after a record in ${first}, if ${what}`, async () => {
        const { results } = await play(
          [[first, RECORD], ...CHANGES.map((change) => [other, configure(change)])],
          extra
        )
        for (const { error } of results.slice(1)) {
          assert.match(error, /^Error: configureMetrics: call it before the first record/)
        }
      })
    }
  }
})

describe('a warning goes', () => {
  const LISTEN = configure('{ logger: { warn: (line) => own.lines.push(line) } }')
  const WARN = "m.recordUsed({ key: 'sk-abc' })"
  const turnUntil = (condition) =>
    `while (!(${condition})) await new Promise((resolve) => setTimeout(resolve, 1))`
  const UNTIL_WARNED = turnUntil('own.lines.length > 0')
  const LINES = 'return own.lines.length'

  test('to the main thread, even if a worker recorded first', async () => {
    const { results, stderr } = await play([
      ['first', `${LISTEN}; ${RECORD}`],
      ['main', `${LISTEN}; ${RECORD}`],
      ['first', WARN],
      ['main', `${UNTIL_WARNED}; ${LINES}`],
      ['first', LINES],
    ])
    assert.deepEqual(
      results.map(({ result }) => result),
      [undefined, undefined, undefined, 1, 0]
    )
    assert.equal(stderr, '')
  })

  test('to the next worker, if the one that recorded first has ended', async () => {
    const { results, stderr } = await play([
      ['first', `${LISTEN}; ${RECORD}`],
      ['second', `${LISTEN}; ${RECORD}`],
      { terminate: 'first' },
      ['third', `${LISTEN}; ${WARN}`],
      ['second', `${UNTIL_WARNED}; ${LINES}`],
      ['third', LINES],
    ])
    assert.deepEqual(
      results.map(({ result }) => result),
      [undefined, undefined, undefined, undefined, 1, 0]
    )
    assert.equal(stderr, '')
  })

  test('to the thread that starts next, if all others have ended', async () => {
    cloudwatch.setFault(first(1, accessDenied()))
    const { results, stderr } = await play([
      ['first', `${LISTEN}; ${RECORD}`],
      // CloudWatch refuses the last flush. The main thread records nothing, so it gets no warnings.
      { terminate: 'first' },
      ['main', turnUntil('hkm.hostedKeyMetricsStats().lastError')],
      ['second', `${LISTEN}; ${RECORD}; ${UNTIL_WARNED}; return own.lines`],
    ])
    assert.equal(results[3].result.length, 1)
    assert.match(results[3].result[0], /Access was denied/)
    assert.equal(stderr, '')
  })

  test('to the logger of its thread, which may be set at any time', async () => {
    const { results, stderr } = await play([
      ['main', RECORD],
      ['worker', `${RECORD}; ${LISTEN}`],
      ['main', `${LISTEN}; ${WARN}; ${UNTIL_WARNED}; ${LINES}`],
      ['worker', LINES],
    ])
    assert.deepEqual(
      results.map(({ error, result }) => error ?? result),
      [undefined, undefined, 1, 0]
    )
    assert.equal(stderr, '')
  })
})
