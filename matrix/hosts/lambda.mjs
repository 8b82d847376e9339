// A function of Lambda, which the host freezes as soon as it asks for the next invocation: with a flush at its end, and
// without.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { wrongRecords } from '../../testkit/endings/arrivals.mjs'
import { CREDENTIALS } from '../../testkit/harness.mjs'
import { startFunction } from './lambda-function.mjs'
import { wallClock } from './wall-clock.mjs'

const RECORDS = 100
/** Longer than an attempt of a request takes (5 s): all of its time passes unseen. */
const LONG_MS = 6_000
/** Of the wall clock. Credentials and signatures of requests are as old then. */
const MINUTES = 10
const INTERVAL_MS = 2_000
const CALLBACKS = 3

/** What the functions were asked to record. */
class Invocations {
  told = []

  constructor(cloudwatch) {
    this.cloudwatch = cloudwatch
  }

  /** Returns an event. */
  next() {
    const source = `invocation-${this.told.length + 1}`
    this.told.push(`${source} ${RECORDS}`)
    return { source, records: RECORDS }
  }

  get records() {
    return this.told.length * RECORDS
  }

  /** Returns what did not arrive exactly once. */
  problems() {
    return [...wrongRecords({}, { stdout: `${this.told.join('\n')}\n` }, this.cloudwatch)]
  }
}

/** @returns {import('../hosts.mjs').Host} */
export const lambda = (client) =>
  async function* host({ runtime }) {
    const clock = wallClock()
    const cloudwatch = await startLocalCloudWatch({ now: clock.now })
    const begin = (handler, env = CREDENTIALS) =>
      startFunction({ client, runtime, cloudwatch, clock, handler, env })
    const invocations = new Invocations(cloudwatch)
    try {
      yield* playWithFlush(begin, invocations, clock)
      await playWithoutFlush(begin, invocations)
      for (const handler of ['flushing', 'recording']) await playEnd(begin, invocations, handler)
      if (client === 'aws-lambda-ric 3') await playCallback(begin, invocations)
      yield 'ends clean'
    } finally {
      await cloudwatch.close()
      clock.remove()
    }
  }

/** With a flush at its end, each record has arrived before the function is frozen. */
async function* playWithFlush(begin, invocations, clock) {
  const flushing = await begin('flushing')
  try {
    const { state } = await flushing.invoke(invocations.next())
    assert.equal(state, 'on')
    yield 'loads'
    await flushing.freeze()
    flushing.thaw()
    const { recorded } = await flushing.invoke(invocations.next())
    assert.equal(recorded, invocations.records)
    yield 'records'

    for (const [ms, minutes] of [
      [0, 0],
      [0, MINUTES],
      [LONG_MS, 0],
    ]) {
      await flushing.freeze()
      assert.deepEqual(invocations.problems(), [])
      flushing.cut()
      clock.forward(minutes)
      await sleep(ms)
      flushing.thaw()
      const { applied, possiblyDuplicated } = await flushing.invoke(invocations.next())
      assert.deepEqual(
        { applied, possiblyDuplicated },
        { applied: invocations.records, possiblyDuplicated: 0 }
      )
    }
    // Without an extension, Lambda kills what is frozen.
    await flushing.freeze()
    flushing.child.kill('SIGKILL')
    assert.equal((await flushing.ended).stderr, '')
    assert.deepEqual(invocations.problems(), [])
    yield 'flushes'
  } finally {
    flushing.close()
  }
}

/** Without one, records arrive during a later invocation that lasts long enough. What is not invoked again loses them. */
async function playWithoutFlush(begin, invocations) {
  const { cloudwatch } = invocations
  const recording = await begin('recording', {
    ...CREDENTIALS,
    HKM_FLUSH_INTERVAL_MS: String(INTERVAL_MS),
  })
  try {
    await recording.invoke(invocations.next())
    await recording.freeze()
    const before = cloudwatch.requests.length
    // An interval varies by half.
    await sleep(2 * INTERVAL_MS)
    assert.equal(cloudwatch.requests.length, before, 'a frozen process sends nothing')
    recording.thaw()
    await recording.invoke(invocations.next())
    await cloudwatch.until(() => invocations.problems().length === 0)

    const last = invocations.next()
    await recording.invoke(last)
    await recording.freeze()
    recording.child.kill('SIGKILL')
    await recording.ended
    assert.deepEqual(invocations.problems(), [`${last.source}: ${RECORDS} of ${RECORDS} lost`])
    invocations.told.pop()
  } finally {
    recording.close()
  }
}

/** With an extension, Lambda sends SIGTERM: the function ends as without metrics, and loses nothing. */
async function playEnd(begin, invocations, handler) {
  const ends = []
  for (const env of [CREDENTIALS, { HKM_ENABLED: 'false' }]) {
    const ending = await begin(handler, env)
    try {
      await ending.invoke(env === CREDENTIALS ? invocations.next() : { records: RECORDS })
      await ending.freeze()
      ending.thaw()
      ending.child.kill('SIGTERM')
      ends.push(await ending.ended)
    } finally {
      ending.close()
    }
  }
  assert.deepEqual(ends[0], ends[1])
  assert.equal(ends[0].signal, 'SIGTERM')
  assert.deepEqual(invocations.problems(), [])
}

/**
 * A function that calls back is answered at `beforeExit`, where the package begins a flush. Nobody waits for that: it goes
 * on in the next invocation.
 */
async function playCallback(begin, invocations) {
  const plays = []
  const on = { ...CREDENTIALS, HKM_FLUSH_INTERVAL_MS: String(INTERVAL_MS) }
  for (const env of [on, { HKM_ENABLED: 'false' }]) {
    const calling = await begin('callingBack', env)
    const event = () => (env === on ? invocations.next() : { records: RECORDS })
    try {
      const answers = []
      for (let times = 0; times < CALLBACKS; times++) {
        answers.push((await calling.invoke(event())) !== null)
        await calling.freeze()
        calling.thaw()
      }
      if (env === on) {
        await invocations.cloudwatch.until(() => invocations.problems().length === 0)
      }
      calling.child.kill('SIGTERM')
      plays.push({ ...(await calling.ended), answers })
    } finally {
      calling.close()
    }
  }
  assert.deepEqual(plays[0], plays[1])
  assert.deepEqual(plays[0].answers, Array(CALLBACKS).fill(true))
}
