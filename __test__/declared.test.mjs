// Recorders of declared metrics never throw, whatever they are given, and do what a model says: as they are compiled, where
// making functions from text is forbidden, and with labels that are bound.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import fc from 'fast-check'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { effects, INHERITED, metricOf, ODD, takesAny } from '../testkit/input/declared.mjs'
import { CARRIERS, KINDS } from '../testkit/input/hostile-values.mjs'
import { SECRETS } from '../testkit/input/secrets.mjs'

/** Counters that move with requests, which the model does not cover. */
const OF_REQUESTS = ['requests', 'bytesSent.raw', 'bytesSent.compressed', 'lastSuccessAt']

/** A call as `programs/declared.mjs` takes it. */
function sendable({ labels, ...call }) {
  if (labels?.labels === undefined) return { ...call, labels }
  return { ...call, labels: { ...labels, labels: Object.entries(labels.labels) } }
}

/** A process that records, and the CloudWatch that it sends to. */
class Session {
  static async open(runtimeArgs) {
    const session = new Session()
    session.cloudwatch = await startLocalCloudWatch()
    // Nothing is sent but by a flush, so that all of the calls are in one.
    const variables = {
      ...CREDENTIALS,
      HKM_FLUSH_INTERVAL_MS: '3600000',
      HKM_MAX_SERIES: '10000000',
    }
    const env = environment(session.cloudwatch.endpoint, variables)
    session.process = start('declared.mjs', { env, runtimeArgs })
    session.datums = 0
    // Turns metrics on, so that the state does not move later.
    await session.play(metricOf(0), [{ value: { number: '1' } }])
    return session
  }

  /** What calls of a new metric did. */
  async play(metric, calls) {
    const told = this.process.message()
    this.process.child.send({ metric, calls: calls.map(sendable) })
    const { moved, isForbidden, surprises } = await told
    for (const counter of OF_REQUESTS) delete moved[counter]
    const datums = this.cloudwatch.applied().slice(this.datums)
    this.datums += datums.length
    const requests = this.cloudwatch.requests.splice(0)
    const statuses = requests.map(({ status }) => status)
    assert.deepEqual(
      statuses.filter((status) => status !== 200),
      []
    )
    const lines = appliedRecords({ applied: () => datums })
    return { moved, surprises, isForbidden, lines, requests }
  }

  async close() {
    this.process.child.send({})
    const { code, stderr } = await this.process.ended
    await this.cloudwatch.close()
    assert.equal(code, 0, stderr)
    for (const warning of stderr.split('\n').filter((line) => line !== '')) {
      assert.match(warning, /looks like a secret| A record of .* was dropped: /)
    }
  }
}

const sessions = {}
before(async () => {
  sessions.compiled = await Session.open([])
  // Bun has no such switch.
  if (!/bun/.test(process.env.HKM_TEST_RUNTIME)) {
    sessions.fallback = await Session.open(['--disallow-code-generation-from-strings'])
  }
})
after(() => Promise.all(Object.values(sessions).map((session) => session.close())))

/** Makes calls in each process, and checks that each does what the model says. */
async function check(metric, calls) {
  const { moved, lines } = effects(metric, calls)
  for (const [how, session] of Object.entries(sessions)) {
    const told = await session.play(metric, calls)
    assert.equal(told.isForbidden, how === 'fallback')
    assert.deepEqual(told.surprises, [], how)
    assert.deepEqual(told.lines, lines, how)
    assert.deepEqual(told.moved, moved, how)
  }
}

const kinds = Object.keys(KINDS)
const COUNTS = [0, 1, 2, 3, 4, 5, 29]
const SHAPES = [
  { kind: 'counter' },
  { kind: 'distribution' },
  { kind: 'distribution', unit: 'Milliseconds' },
  { kind: 'gauge', unit: 'Seconds' },
]
const ONE = { number: '1' }
const bothWays = (calls) => calls.flatMap((call) => [call, { ...call, isBound: true }])
const goodLabels = ({ dimensions }) =>
  Object.fromEntries(dimensions.map(({ key }, at) => [key, { text: `good-${at}` }]))

describe('every kind of value', () => {
  for (const shape of SHAPES) {
    const name = `${shape.kind} in ${shape.unit ?? 'its default unit'}`
    test(`as the value of a ${name}`, async () => {
      const metric = metricOf(1, shape)
      const labels = { labels: goodLabels(metric) }
      await check(metric, bothWays(kinds.map((kind) => ({ value: { kind }, labels }))))
    })
  }

  for (const count of COUNTS) {
    for (const optional of [[], Array.from({ length: count }, (_, at) => at)]) {
      const all = optional.length > 0 ? ', all optional' : ''
      test(`as a label, and in place of ${count} labels${all}`, async () => {
        const metric = metricOf(count, { optional, guarded: [0] })
        const good = goodLabels(metric)
        const last = metric.dimensions.at(-1)?.key
        const calls = kinds.flatMap((kind) => [
          { value: ONE, labels: { kind } },
          ...(last ? [{ value: ONE, labels: { labels: { ...good, [last]: { kind } } } }] : []),
        ])
        const carried = Object.keys(CARRIERS).map((carrier) => ({
          value: ONE,
          labels: { labels: good, carrier },
        }))
        await check(metric, bothWays([{ value: ONE }, {}, ...calls, ...carried]))
      })
    }
  }
})

describe('a label with the key', () => {
  for (const key of [...INHERITED, ...ODD]) {
    test(JSON.stringify(key), async () => {
      for (const count of [2, 5]) {
        const metric = metricOf(count, { first: [key] })
        const labels = [
          goodLabels(metric),
          {},
          { [key]: { text: 'other' } },
          { tool: { text: 't' } },
          { [key]: { kind: 'a symbol' } },
        ]
        await check(
          metric,
          bothWays(labels.map((given) => ({ value: ONE, labels: { labels: given } })))
        )
      }
    })
  }
})

test('a secret given as a label that is redacted never leaves the process', async () => {
  const labelled = (secret) => ({ value: ONE, labels: { labels: { tool: { text: secret } } } })
  for (const session of Object.values(sessions)) {
    const { lines, requests, moved } = await session.play(
      metricOf(1, { guarded: [0] }),
      bothWays(SECRETS.map(({ secret }) => labelled(secret)))
    )
    const line = 'Declared Count {Environment=test,D0=[redacted]} 1'
    assert.deepEqual(lines, Array(2 * SECRETS.length).fill(line))
    assert.equal(moved.sanitized, lines.length)
    const sent = JSON.stringify(requests) + session.process.output.stderr
    for (const { name, core } of SECRETS) assert.ok(!sent.includes(core), name)
  }
})

/** Carriers of labels that have no properties of their class with names of `Object.prototype`. */
const SIMPLE = Object.keys(CARRIERS).filter(
  (carrier) => !/function|array|keeps only get/.test(carrier)
)

const number = fc
  .oneof(
    fc.integer({ min: -3, max: 20 }),
    fc.double(),
    fc.constantFrom(2 ** 360, -(2 ** 360), 2 ** -360, -(2 ** -360), 2 ** -361, 5e-324, -0)
  )
  .map((value) => ({ number: Object.is(value, -0) ? '-0' : String(value) }))
const kind = fc.constantFrom(...kinds).map((name) => ({ kind: name }))
const text = fc
  .oneof(
    { arbitrary: fc.constantFrom('eu', 'us', 'pro', 'free'), weight: 6 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 8 }), weight: 1 }
  )
  .map((value) => ({ text: value }))
const label = fc.oneof(
  { arbitrary: text, weight: 12 },
  { arbitrary: number, weight: 1 },
  { arbitrary: kind, weight: 1 }
)

const metrics = fc
  .record({
    count: fc.constantFrom(...COUNTS),
    shape: fc.constantFrom(...SHAPES),
    first: fc.uniqueArray(fc.constantFrom(...INHERITED, ...ODD), { maxLength: 4 }),
    optional: fc.uniqueArray(fc.nat(4), { maxLength: 5 }),
  })
  .map(({ count, shape, first, optional }) => metricOf(count, { ...shape, first, optional }))

/** Calls of a metric. */
function callsOf(metric) {
  const keys = metric.dimensions.map(({ key }) => key)
  const record = fc.record(Object.fromEntries(keys.map((key) => [key, label])), {
    requiredKeys: [],
  })
  const carriers = takesAny(metric) ? Object.keys(CARRIERS) : SIMPLE
  const nothing = fc.constantFrom({ kind: 'undefined' }, { kind: 'null' })
  const call = fc.record({
    value: fc.oneof({ arbitrary: number, weight: 8 }, { arbitrary: kind, weight: 1 }),
    labels: fc.oneof(
      {
        arbitrary: fc.record({ labels: record, carrier: fc.constantFrom(...carriers) }),
        weight: 12,
      },
      { arbitrary: takesAny(metric) ? kind : nothing, weight: 1 }
    ),
    isBound: fc.boolean(),
  })
  return fc.tuple(fc.constant(metric), fc.array(call, { maxLength: 30, size: 'max' }))
}

test('calls of any metric do what the model says, as compiled and in the fallback alike', async () => {
  await fc.assert(
    fc.asyncProperty(metrics.chain(callsOf), ([metric, calls]) => check(metric, calls)),
    { numRuns: 150, includeErrorInReport: true }
  )
})
