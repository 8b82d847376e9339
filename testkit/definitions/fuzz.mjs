/**
 * Makes arbitrary calls of random definitions in a real process, while requests fail, and compares it with the model: the
 * datums that arrive, and the counters that move.
 */

import assert from 'node:assert/strict'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import * as faults from '@sim/local-cloudwatch/faults'
import { playAll } from '../fuzzing.mjs'
import { CREDENTIALS, environment, start } from '../harness.mjs'
import { sequences } from './calls.mjs'
import { Series } from './effects.mjs'
import { differences, metricsOf, seriesOf, tallyOf, tallyOfDatums } from './model.mjs'
import { CANARY } from './recorders.mjs'

const ENVIRONMENT = 'test'

/** A process is replaced after this many sequences, so that series are new again. */
const SEQUENCES_A_PROCESS = 20
/** How long a process may live. Each sequence can take some seconds of backoff. */
const LONGEST_MS = 600_000
/** How long a shorter sequence is looked for that goes wrong. Each can take a second of backoff. */
const SHRINKING_MS = 30_000
/** Options of the processes: room for few series, and for all. */
const OPTIONS = [
  { maxSeries: 3, rollups: true },
  { maxSeries: 10_000, rollups: true, storageResolution: 1 },
  { maxSeries: 25, rollups: false },
]
/** What moves with requests. */
const OF_REQUESTS = [
  ...['requests', 'retries', 'throttled', 'bytesSent.raw', 'bytesSent.compressed'],
  ...['lastSuccessAt', 'clockOffsetMs', 'possiblyDuplicated', 'rollups.possiblyDuplicated'],
  ...['lastError', 'lastError.code', 'lastError.message', 'lastError.namespace'],
]

const MAX_DATUMS = 3

const known = (fault) => () => ({ fault })
/** The answer does not tell whether CloudWatch has the records. It does not have them. */
const unknown = (fault) => () => ({ fault, isUnknown: true })
/** The same, and it does have them. */
const applied = (fault) => () => ({ fault, isUnknown: true, isApplied: true })

/** What a request meets. */
const FAULTS = {
  throttled: known(faults.throttle()),
  'too many datums': (request) =>
    request?.input.MetricData.length > MAX_DATUMS
      ? { fault: faults.tooManyDatums(MAX_DATUMS) }
      : {},
  500: unknown(faults.status(500)),
  reset: unknown(faults.reset()),
  '500, applied': applied(faults.status(500, { when: 'after' })),
  'reset, applied': applied(faults.reset({ when: 'after' })),
}

const FIRST = {
  namespace: 'The first',
  metrics: { first: { kind: 'gauge', dimensions: [], rollups: [], recommendedRollups: [] } },
}
const FIRST_STEP = { definition: 0, key: 'first', kind: 'gauge', value: { number: '1' } }

/** A process that makes calls, and the CloudWatch that it sends to. */
class Session {
  static async open(options) {
    const session = new Session()
    session.options = { environment: ENVIRONMENT, ...options }
    session.series = new Series(options.maxSeries)
    session.cloudwatch = await startLocalCloudWatch()
    session.process = start('definitions-fuzz.mjs', {
      env: environment(session.cloudwatch.endpoint, {
        ...CREDENTIALS,
        HKM_MAX_SERIES: String(options.maxSeries),
        HKM_ROLLUPS: String(options.rollups),
        HKM_STORAGE_RESOLUTION: String(options.storageResolution ?? 60),
        // Else a warning of a fault could be the one of another sequence.
        HKM_FLUSH_INTERVAL_MS: '3600000',
      }),
      longestMs: LONGEST_MS,
    })
    session.sequences = 0
    // Turns metrics on, so that the state does not move later.
    await session.play(
      { definitions: [FIRST], steps: [FIRST_STEP], faults: [], culprit: null },
      true
    )
    return session
  }

  async play({ definitions, steps, faults: names, culprit: number }, isFirst = false) {
    // Definitions stay, so each sequence has namespaces of its own.
    const own = definitions.map(({ namespace, ...rest }) => ({
      namespace: `${this.sequences}.${namespace}`,
      ...rest,
    }))
    this.sequences++
    const metrics = own.map((definition) => metricsOf(definition, this.options))
    const effects = steps
      .filter(({ action }) => action === undefined)
      .map((call) => {
        const metric = metrics[call.definition].find(({ key }) => key === call.key)
        return this.series.effect(metric, call)
      })
    const datums = effects.flatMap((effect) => effect.datums)
    const culprit = datums[number]

    const untold = this.meet(names, culprit)
    const told = this.process.message()
    this.process.child.send({ definitions: own, steps, suspected: culprit?.namespace })
    const { moved, canaries, surprises } = await told
    assert.deepEqual(surprises, [])
    const requests = this.cloudwatch.requests.splice(0)
    if (isFirst) return
    const moves = { recorded: canaries, applied: canaries, series: Math.sign(canaries) }
    const ofCanaries = { moved: moves, datums: [] }
    compareCounters(moved, [...effects, ofCanaries], culprit)
    compareDatums(requests, untold, datums, culprit)
    compareDoubts(moved, names, untold, datums, culprit)
  }

  /** Sets the fault of each request. Returns the requests that are applied and not told. */
  meet(names, culprit) {
    const untold = new Set()
    this.cloudwatch.setFault((index, request) => {
      const { fault, isApplied } = FAULTS[names[index]]?.(request) ?? {}
      if (isApplied) untold.add(request)
      if (fault !== undefined || culprit === undefined) return fault
      const series = seriesOf(culprit)
      const isMet = received(request).some(
        (datum) => seriesOf(datum) === series && datum.values.includes(culprit.value + 0)
      )
      return isMet ? faults.refuse('InvalidParameterValue') : undefined
    })
    return untold
  }

  async close() {
    this.process.child.send('end')
    const { code, stderr } = await this.process.ended
    await this.cloudwatch.close()
    assert.equal(code, 0, stderr)
  }

  async kill() {
    this.process.child.kill('SIGKILL')
    await this.process.ended
    await this.cloudwatch.close()
  }
}

/** The datums of a request, as the local CloudWatch tells those that it applied, without canaries. */
function received({ input: { Namespace, MetricData } }) {
  const datums = MetricData.filter(({ MetricName }) => MetricName !== CANARY)
  return datums.map(({ MetricName, Unit, StorageResolution, Dimensions, Values, Counts }) => ({
    namespace: Namespace,
    metricName: MetricName,
    unit: Unit,
    storageResolution: StorageResolution ?? 60,
    dimensions: (Dimensions ?? []).map(({ Name, Value }) => [Name, Value]),
    values: Values,
    counts: Counts,
  }))
}

/** Whether CloudWatch refuses a datum: one of a series and a value. */
const isRefused = (datum, culprit) =>
  culprit !== undefined && datum.value === culprit.value && seriesOf(datum) === seriesOf(culprit)

/** In the requests that CloudWatch has acknowledged, each datum is there once, and no other. */
function compareDatums(requests, untold, datums, culprit) {
  const told = requests.filter((request) => request.applied && !untold.has(request))
  const expected = tallyOfDatums(datums.filter((datum) => !isRefused(datum, culprit)))
  assert.deepEqual(differences(tallyOf(told.flatMap(received)), expected), [])
  const all = tallyOfDatums(datums)
  for (const request of untold) {
    const surplus = differences(tallyOf(received(request)), all).filter(
      (one) => !one.startsWith('-')
    )
    assert.deepEqual(surplus, [], 'of a request that was applied, and not told')
  }
}

function compareCounters(moved, effects, culprit) {
  const expected = {}
  const add = (counter, by) => {
    expected[counter] = (expected[counter] ?? 0) + by
  }
  for (const effect of effects) {
    for (const [counter, by] of Object.entries(effect.moved)) add(counter, by)
    for (const datum of effect.datums.filter((one) => isRefused(one, culprit))) {
      add(datum.isRollup ? 'rollups.applied' : 'applied', -1)
      add(datum.isRollup ? 'rollups.dropped' : 'dropped.rejected', 1)
    }
  }
  const isOfRecords = ([counter, by]) => by !== 0 && !OF_REQUESTS.includes(counter)
  const relevant = (all) => Object.fromEntries(Object.entries(all).filter(isOfRecords))
  assert.deepEqual(relevant(moved), relevant(expected))
}

/** What CloudWatch may have twice is counted, and nothing else is. */
function compareDoubts(moved, names, untold, datums, culprit) {
  const ofRecords = moved.possiblyDuplicated ?? 0
  const all = ofRecords + (moved['rollups.possiblyDuplicated'] ?? 0)
  const isInDoubt = names.some((name) => name !== null && FAULTS[name]().isUnknown)
  if (!isInDoubt) assert.equal(all, 0)
  const doubled = [...untold]
    .flatMap(received)
    .filter((datum) => culprit === undefined || seriesOf(datum) !== seriesOf(culprit))
  // The same dimensions can be those of a series and of a roll-up.
  const rollups = new Set(datums.filter(({ isRollup }) => isRollup).map(seriesOf))
  const recordsOf = (some) =>
    some.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)
  const records = recordsOf(doubled.filter((datum) => !rollups.has(seriesOf(datum))))
  assert.ok(records <= ofRecords, `${records} records doubled, ${ofRecords} counted`)
  assert.ok(recordsOf(doubled) <= all, `${recordsOf(doubled)} doubled, ${all} counted`)
}

/**
 * Throws when a sequence goes wrong. The error has the shortest such sequence, and the seed and path that replay it.
 *
 * @param {{ runs?: number, seconds?: number, seed?: number, path?: string }} options
 * @returns {Promise<{ seed: number, runs: number, calls: number }>}
 */
export async function fuzzDefinitions({ runs, seconds, seed = Date.now() % 2 ** 31, path } = {}) {
  const count = { runs: 0, calls: 0 }
  /** A process of each of the options. */
  const sessions = []
  let shrinksUntil = Number.POSITIVE_INFINITY
  async function play(sequence) {
    if (performance.now() > shrinksUntil) return
    const { process } = sequence
    if (sessions[process]?.sequences > SEQUENCES_A_PROCESS) {
      await sessions[process].close()
      sessions[process] = undefined
    }
    sessions[process] ??= await Session.open(OPTIONS[process])
    count.runs++
    count.calls += sequence.steps.length
    try {
      await sessions[process].play(sequence)
    } catch (error) {
      shrinksUntil = Math.min(shrinksUntil, performance.now() + SHRINKING_MS)
      // The next sequence, which may be a shorter one of the same, needs a new process.
      await sessions[process].kill()
      sessions[process] = undefined
      throw error
    }
  }
  try {
    await playAll(sequences(OPTIONS.length, Object.keys(FAULTS)), play, {
      seed,
      path,
      runs,
      seconds,
    })
  } finally {
    for (const session of sessions) await session?.close()
  }
  return { seed, runs: count.runs, calls: count.calls }
}
