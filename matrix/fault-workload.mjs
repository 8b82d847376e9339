/** What the children of the fault matrix record, and how fast. */

import { recordedBy } from './tally.mjs'

/**
 * @typedef {object} FaultWorkload
 * @property {import('../testkit/workload/workload.mjs').Part[]} parts of the main thread, and of a worker
 * @property {{ perSecond: number, snapshotMs: number }} rate of each thread
 */

/** Records a second of each thread. */
const PER_SECOND = 1_600

/** @param {number} seconds */
const calls = (seconds) => Math.round(seconds * PER_SECOND)

/** @type {FaultWorkload} six seconds, and a look at the counters after every batch */
export const USUAL = {
  parts: [
    { seed: 1, calls: 10_000 },
    { seed: 2, calls: 10_000 },
  ],
  rate: { perSecond: PER_SECOND, snapshotMs: 0 },
}

/** The same of random definitions with roll-ups, which are added up over both threads. @type {FaultWorkload} */
export const DEFINED = {
  ...USUAL,
  parts: [
    { definitions: 2, seed: 1, calls: 10_000, isComplete: true },
    { definitions: 2, seed: 2, calls: 10_000, isComplete: true },
  ],
}

/**
 * Both threads record over the same series.
 *
 * @param {number} series
 * @param {number} seconds
 * @returns {FaultWorkload}
 */
export const manySeries = (series, seconds) => ({
  parts: [1, 2].map((seed) => ({ seed, series, calls: calls(seconds) })),
  rate: { perSecond: PER_SECOND, snapshotMs: 50 },
})

/** The one poisoned series: a cost, with many values. */
export const CULPRIT = 'CostCharged None {Environment=test,Provider=openai,Tool=embed}'

/** The one poisoned value of that series: its first. */
export const [CULPRIT_VALUE] = recordedBy(USUAL.parts).get(CULPRIT).keys()
