/** Faults that come and go at random, a seed deciding which and for how long. */

import { setTimeout as sleep } from 'node:timers/promises'
import { mulberry32 } from '../__test__/workload.mjs'
import { CULPRIT, FAULTS } from './fault-list.mjs'

/** Those that a CloudWatch can have for a while. */
const CHANGING = FAULTS.filter(({ tls, endpoint }) => !tls && !endpoint)

/** The share of spells without a fault. */
const QUIET = 0.3
/** Milliseconds. */
const SHORTEST_SPELL = 1_000
const LONGEST_SPELL = 8_000

/** What is allowed under all of them together. */
export const WEATHER = { isKnown: false, culprit: CULPRIT }

/**
 * Lets faults come and go until `signal` is aborted; then there is none.
 *
 * @param {import('./fault-list.mjs').Bed} bed
 * @param {{ seed: number, signal: AbortSignal, onSpell: (name: string) => void }} options
 */
export async function changeFaults(bed, { seed, signal, onSpell }) {
  const random = mulberry32(seed)
  const isOver = () => signal.aborted
  while (!isOver()) {
    const isQuiet = random() < QUIET
    const fault = CHANGING[Math.floor(random() * CHANGING.length)]
    const length = SHORTEST_SPELL + random() * (LONGEST_SPELL - SHORTEST_SPELL)
    onSpell(isQuiet ? 'quiet' : fault.name)
    if (!isQuiet) await fault.begin(bed)
    await sleep(length, undefined, { signal }).catch(() => {})
    if (!isQuiet) await fault.end(bed)
  }
}
