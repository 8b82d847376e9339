/**
 * Makes arbitrary sequences of calls in a real process and compares it with `model.mjs`: the records that arrive, and the
 * counters that move.
 */

import assert from 'node:assert/strict'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import fc from 'fast-check'
import { playAll } from '../fuzzing.mjs'
import { appliedRecords, CREDENTIALS, environment, start } from '../harness.mjs'
import { seriesOf } from '../workload/recorders.mjs'
import { CARRIERS, KINDS } from './hostile-values.mjs'
import { labelsRead, RECORDERS, SeriesModel, VALUED } from './model.mjs'
import { SECRETS } from './secrets.mjs'

const ENVIRONMENT = 'test'

/** A process is replaced after this many sequences, so that series are new again. */
const SEQUENCES_A_PROCESS = 25
/** Used in turn: room for one series, for few, and for all. */
const MAX_SERIES = [1, 12, 10_000]
/** Counters that move with requests, which the model does not cover. */
const OF_REQUESTS = ['requests', 'bytesSent.raw', 'bytesSent.compressed', 'lastSuccessAt']

const name = fc.constantFrom(
  'openai',
  'anthropic',
  'chat',
  'search',
  'KEY_1',
  'KEY_2',
  'other',
  'auth'
)
const utf16 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units))
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 30 })
const text = fc
  .oneof(
    { arbitrary: name, weight: 8 },
    { arbitrary: utf16, weight: 2 },
    { arbitrary: ascii, weight: 2 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 12 }), weight: 1 },
    { arbitrary: fc.stringMatching(/^[a-cA-C0-2_]{0,11}$/), weight: 2 },
    { arbitrary: fc.constantFrom(...SECRETS.map(({ secret }) => secret)), weight: 1 },
    {
      arbitrary: fc
        .tuple(utf16, fc.integer({ min: 1_018, max: 1_028 }), utf16)
        .map(([before, length, after]) => before + 'a'.repeat(length) + after),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(fc.constantFrom(':', ' ', ': ', 'é'), fc.integer({ min: 1, max: 2_000 }), utf16)
        .map(([unit, count, after]) => unit.repeat(count) + after),
      weight: 1,
    }
  )
  .map((text) => ({ text }))

const number = fc
  .oneof(
    fc.integer({ min: -3, max: 20 }),
    fc.double(),
    fc.double({ min: -(2 ** 361), max: 2 ** 361 }),
    fc.constantFrom(2 ** 360, -(2 ** 360), 2 ** -360, 2 ** -361, -(2 ** -361), 5e-324, -0)
  )
  .map((value) => ({ number: Object.is(value, -0) ? '-0' : String(value) }))

const kind = fc.constantFrom(...Object.keys(KINDS)).map((kind) => ({ kind }))

const label = fc.oneof(
  { arbitrary: text, weight: 8 },
  { arbitrary: number, weight: 1 },
  { arbitrary: kind, weight: 1 }
)
const labels = fc.record(
  { provider: label, tool: label, key: label, reason: label },
  { requiredKeys: [] }
)

const { call } = fc.letrec((tie) => ({
  labels: fc.oneof(
    { arbitrary: labels.map((labels) => ({ labels })), weight: 12 },
    {
      arbitrary: fc.record({ labels, carrier: fc.constantFrom(...Object.keys(CARRIERS)) }),
      weight: 4,
    },
    { arbitrary: fc.record({ labels, inner: tie('call') }), weight: 1 },
    { arbitrary: fc.oneof(kind, text, number), weight: 1 }
  ),
  value: fc.oneof(
    { arbitrary: number, weight: 8 },
    { arbitrary: kind, weight: 1 },
    { arbitrary: text, weight: 1 }
  ),
  call: fc
    .tuple(
      fc.constantFrom(...RECORDERS),
      tie('value'),
      tie('labels'),
      fc.oneof(
        { arbitrary: fc.constant([]), weight: 8 },
        { arbitrary: fc.array(kind, { maxLength: 2 }), weight: 1 }
      ),
      fc.oneof(
        { arbitrary: fc.constant(9), weight: 30 },
        { arbitrary: fc.integer({ min: 0, max: 1 }), weight: 1 }
      )
    )
    .map(([recorder, value, labels, more, most]) => ({
      recorder,
      args: [...(VALUED.includes(recorder) ? [value] : []), labels, ...more].slice(0, most),
    })),
}))

const steps = fc.array(
  fc.oneof(
    { arbitrary: call, weight: 20 },
    { arbitrary: fc.constantFrom({ action: 'flush' }, { action: 'stats' }), weight: 1 }
  ),
  { maxLength: 60, size: 'max' }
)

/** A process that makes calls, and the CloudWatch that it sends to. */
class Session {
  static async open(maxSeries) {
    const session = new Session()
    session.model = new SeriesModel(maxSeries, ENVIRONMENT)
    session.cloudwatch = await startLocalCloudWatch()
    const variables = { ...CREDENTIALS, HKM_MAX_SERIES: String(maxSeries) }
    session.process = start('fuzz.mjs', {
      env: environment(session.cloudwatch.endpoint, variables),
    })
    session.datums = 0
    session.sequences = 0
    // Turns metrics on, so that the state does not move later.
    await session.check([{ recorder: 'recordUsed', args: [] }], () => {})
    return session
  }

  /** The effects of a step: those of the calls that its getters make come first. */
  effects(step) {
    if (step.action) return []
    const inner = labelsRead(step)?.inner
    return [...(inner ? this.effects(inner) : []), this.model.effect(step)]
  }

  async check(steps, compare = assert.deepEqual) {
    this.sequences++
    const effects = steps.flatMap((step) => this.effects(step))
    const told = this.process.message()
    this.process.child.send(steps)
    const { moved, surprises } = await told
    assert.deepEqual(surprises, [])
    for (const counter of OF_REQUESTS) delete moved[counter]
    compare(moved, total(effects))

    const datums = this.cloudwatch.applied().slice(this.datums)
    this.datums += datums.length
    const expected = effects.flatMap(({ record }) => record ?? [])
    compare(
      appliedRecords({ applied: () => datums }),
      expected.map((record) => `${seriesOf(record)} ${record.value}`).sort()
    )
    for (const { status } of this.cloudwatch.requests.splice(0)) assert.equal(status, 200)
  }

  async close() {
    this.process.child.send('end')
    const { code, stderr } = await this.process.ended
    await this.cloudwatch.close()
    assert.equal(code, 0, stderr)
    for (const { name, core } of SECRETS) assert.ok(!stderr.includes(core), name)
  }
}

/** The counters that all of the effects move together, once what is buffered was applied. */
function total(effects) {
  const all = {}
  for (const { moved } of effects) {
    for (const [counter, by] of Object.entries(moved)) {
      const settled = counter === 'buffered' ? 'applied' : counter
      all[settled] = (all[settled] ?? 0) + by
    }
  }
  return all
}

/**
 * Throws when a sequence goes wrong. The error has the shortest such sequence, and the seed and path that replay it.
 *
 * @param {{ runs?: number, seconds?: number, seed?: number, path?: string }} options
 * @returns {Promise<{ seed: number, runs: number, calls: number }>}
 */
export async function fuzz({ runs, seconds, seed = Date.now() % 2 ** 31, path } = {}) {
  const count = { runs: 0, calls: 0, sessions: 0 }
  let session
  async function play(steps) {
    if (session?.sequences > SEQUENCES_A_PROCESS) {
      await session.close()
      session = undefined
    }
    session ??= await Session.open(MAX_SERIES[count.sessions++ % MAX_SERIES.length])
    count.runs++
    count.calls += steps.length
    try {
      await session.check(steps)
    } catch (error) {
      // The next sequence, which may be a shorter one of the same, needs a new process.
      session.process.child.kill('SIGKILL')
      await session.process.ended
      await session.cloudwatch.close()
      session = undefined
      throw error
    }
  }
  try {
    await playAll(steps, play, { seed, path, runs, seconds })
  } finally {
    await session?.close()
  }
  return { seed, runs: count.runs, calls: count.calls }
}
