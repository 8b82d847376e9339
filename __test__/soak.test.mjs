// The soak's view of memory: what it calls flat, and what it does not.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgeMemory, slopeOf } from '../matrix/memory.mjs'

describe('memory', () => {
  const MB = 1_024 * 1_024
  const RECORDS_PER_MINUTE = 300_000
  /** A sample a second, of a process that takes 50 MB and `bytes` more for each record. */
  const samples = (minutes, bytes, wobble = () => 0) =>
    Array.from({ length: minutes * 60 }, (_, index) => {
      const second = index + 1
      const kept = (bytes * RECORDS_PER_MINUTE * second) / 60
      return { at: second * 1_000, rss: 50 * MB + kept + wobble(second), heapUsed: 10 * MB }
    })
  const judged = (...args) => judgeMemory(samples(...args), RECORDS_PER_MINUTE)

  test('the slope of a line is its slope', () => {
    assert.ok(
      Math.abs(
        slopeOf([
          [1, 5],
          [2, 8],
          [4, 14],
        ]) - 3
      ) < 1e-9
    )
  })

  test('that goes up and down is flat', () => {
    const sawtooth = (second) => (second % 20) * 200_000
    assert.equal(judged(10, 0, sawtooth).verdict, 'flat')
  })

  test('that grows by more than two bytes a record grows, and by less does not', () => {
    assert.equal(judged(10, 2.2).verdict, 'GROWS')
    assert.equal(judged(10, 1.8).verdict, 'flat')
    assert.equal(Math.round(judged(10, 2).slope), Math.round(judged(10, 2).limit))
  })

  test('of the first minute does not count', () => {
    const warmUp = (second) => Math.min(second, 60) * MB
    const { verdict, afterWarmUp, atEnd } = judged(10, 0, warmUp)
    assert.deepEqual(
      { verdict, afterWarmUp, atEnd },
      { verdict: 'flat', afterWarmUp: 110 * 1_024, atEnd: 110 * 1_024 }
    )
  })

  test('of all the minutes after it does', () => {
    const untilTheFifth = (second) => Math.min(second, 300) * 0.1 * MB
    assert.equal(judged(10, 0, untilTheFifth).verdict, 'GROWS')
  })

  test('that settles late shows in the slope of the second half', () => {
    const untilTheFifth = (second) => Math.min(second, 300) * 0.1 * MB
    assert.ok(Math.abs(judged(10, 0, untilTheFifth).lateSlope) < 1e-6)
  })

  test('of a short run tells nothing', () => {
    assert.equal(judged(2, 5).verdict, 'too short to tell')
  })
})
