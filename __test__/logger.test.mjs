// Warnings reach the logger that was chosen, whatever it is and does.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, first, throttle } from '@sim/local-cloudwatch/faults'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate as evaluateIn,
} from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const evaluate = (statements, extra = {}) =>
  evaluateIn(statements, environment(cloudwatch.endpoint, { ...CREDENTIALS, ...extra }))

/** Something to warn about at the very start, when a variable is bad, and later, when a key is a secret. */
const BAD = { HKM_MAX_SERIES: 'many' }
const RECORD = "m.recordUsed({ provider: 'p', key: 'sk-abc' })"
const [ABOUT_SERIES, ABOUT_SECRETS] = [
  /^\[hkm-native\] HKM_MAX_SERIES must be a whole number/,
  /^\[hkm-native\] The label Key of Sim\/HostedKey Used looks like a secret/,
]

function assertBoth(lines) {
  assert.equal(lines.length, 2, lines.join('\n'))
  assert.match(lines[0], ABOUT_SERIES)
  assert.match(lines[1], ABOUT_SECRETS)
}

test('warnings go to the console where no logger was chosen, each on a line of its own, with the prefix', async () => {
  const { stderr, stdout } = await evaluate(RECORD, BAD)
  assertBoth(stderr.trimEnd().split('\n'))
  assert.equal(stdout, '')
})

describe('a logger', () => {
  for (const [what, logger] of [
    ['with nothing but warn', '{ warn: (line) => lines.push(line) }'],
    [
      'like console',
      `Object.assign(Object.create(console), { warn: (line) => lines.push(line), error: fail, info: fail, log: fail })`,
    ],
    [
      'like pino, whose methods need their object',
      `new (class {
         #stream = lines
         level = 'info'
         child() { return this }
         debug() { fail() }
         info() { fail() }
         error() { fail() }
         warn(object, message, ...values) {
           if (typeof object !== 'string' || message !== undefined || values.length > 0) fail()
           this.#stream.push(object)
         }
       })()`,
    ],
    ['that is a function', 'Object.assign(() => fail(), { warn: (line) => lines.push(line) })'],
    ['that is frozen', 'Object.freeze({ __proto__: null, warn: (line) => lines.push(line) })'],
    ['that throws', "{ warn(line) { lines.push(line); throw new Error('no') } }"],
    ['that throws nothing', '{ warn(line) { lines.push(line); throw undefined } }'],
    ['that rejects', "{ async warn(line) { lines.push(line); throw new Error('no') } }"],
    [
      'whose answer cannot be read',
      '{ warn(line) { lines.push(line); return { get then() { throw new Error() } } } }',
    ],
    ['that never answers', '{ warn(line) { lines.push(line); return new Promise(() => {}) } }'],
    [
      'that flushes and looks at the counters',
      '{ warn(line) { lines.push(line); hkm.flushHostedKeyMetrics(); hkm.hostedKeyMetricsStats() } }',
    ],
    [
      'that configures, which is too late',
      '{ warn(line) { lines.push(line); hkm.configureHostedKeyMetrics({ maxSeries: 7 }) } }',
    ],
  ]) {
    test(`${what} gets each warning once, and nothing else happens`, async () => {
      const { result, stderr, stdout, code, stats } = await evaluate(
        `const lines = []
         const fail = () => { lines.push('a call that nobody expects'); throw new Error('no') }
         hkm.configureHostedKeyMetrics({ logger: ${logger} })
         ${RECORD}
         await hkm.flushHostedKeyMetrics()
         return lines`,
        BAD
      )
      assertBoth(result)
      assert.deepEqual({ stderr, stdout, code }, { stderr: '', stdout: '', code: 0 })
      assert.equal(stats.applied, 1)
    })
  }

  test('that records does so, at every warning', async () => {
    const { result, stats } = await evaluate(
      `const lines = []
       hkm.configureHostedKeyMetrics({
         logger: {
           warn(line) {
             lines.push(line)
             m.recordUnknownModelCost({ tool: 'logger' })
             m.recordUsed({ provider: 'logger', key: 'sk-def' })
           },
         },
       })
       ${RECORD}
       await hkm.flushHostedKeyMetrics()
       return lines`,
      BAD
    )
    assertBoth(result)
    assert.equal(stats.recorded, 5)
    const twice = (line) => [line, line]
    assert.deepEqual(appliedRecords(cloudwatch), [
      ...twice('UnknownModelCost Count {Environment=test,Tool=logger} 1'),
      ...twice('Used Count {Environment=test,Provider=logger,Key=[redacted]} 1'),
      'Used Count {Environment=test,Provider=p,Key=[redacted]} 1',
    ])
  })

  test('is the one that was chosen last', async () => {
    const { result } = await evaluate(
      `const [first, second] = [[], []]
       hkm.configureHostedKeyMetrics({ logger: { warn: (line) => first.push(line) } })
       hkm.configureHostedKeyMetrics({ logger: { warn: (line) => second.push(line) } })
       hkm.configureHostedKeyMetrics({ maxSeries: 10 })
       ${RECORD}
       await hkm.flushHostedKeyMetrics()
       return { first, second: second.length }`
    )
    assert.deepEqual(result, { first: [], second: 1 })
  })
})

test('a kind of warning comes once a minute or for each metric, however often there is cause, and kinds do not hold each other back', async () => {
  cloudwatch.setFault((index) => first(6, index % 2 ? throttle() : accessDenied())(index))
  const { stderr, stats } = await evaluate(
    `for (let i = 0; i < 1000; i++) m.recordUsed({ provider: 'p' + i, key: 'sk-' + i })
     m.recordFailed({ key: 'sk-abc' })`,
    { HKM_MAX_SERIES: '10' }
  )
  assert.equal(stats.throttled, 3)
  const lines = stderr.trimEnd().split('\n')
  for (const kind of [
    /Sim\/HostedKey Used looks like a secret/,
    /Sim\/HostedKey Failed looks like a secret/,
    /labels of Sim\/HostedKey Used are recorded as _overflow/,
    /labels of Sim\/HostedKey Failed are recorded as _overflow/,
    /quota/,
    /allow cloudwatch:PutMetricData/,
  ]) {
    assert.equal(lines.filter((line) => kind.test(line)).length, 1, stderr)
  }
  assert.equal(lines.length, 6, stderr)
  for (const line of lines) assert.match(line, /^\[hkm-native\] \S/)
})

test('a warning comes by itself, without a flush or a look at the counters', async () => {
  const { result } = await evaluate(
    `const told = new Promise((resolve) => hkm.configureHostedKeyMetrics({ logger: { warn: resolve } }))
     ${RECORD}
     return told`
  )
  assert.match(result, ABOUT_SECRETS)
})
