/** Faults that come and go at random, a seed deciding which and for how long. */

import { setTimeout as sleep } from 'node:timers/promises'
import { mulberry32 } from '../testkit/workload/random.mjs'
import { FAULTS } from './fault-list.mjs'
import { CULPRIT } from './fault-workload.mjs'

/** Those that can begin at any time, and end. */
const CHANGING = FAULTS.filter(
  ({ from, to, isForever, isAlone }) => !isForever && !isAlone && (from !== 'start' || to === 'end')
)

/** The share of spells without a fault. */
const QUIET = 0.3
/** Milliseconds. */
const SHORTEST_SPELL = 1_000
const LONGEST_SPELL = 8_000
/**
 * Of the outage at the beginning, at most: as long as spells of nothing but faults may last later on. The memory
 * for such a backlog is taken while the process warms up, and used again.
 */
const LONGEST_OUTAGE = 45_000
const OUTAGE = FAULTS.find(({ name }) => name === '503')

/** What is allowed under all of them together. */
export const WEATHER = { isKnown: false, culprit: CULPRIT }

/**
 * An outage, then faults that come and go until `signal` is aborted; then there is none.
 *
 * @param {import('./fault-list.mjs').Bed} bed
 * @param {{ seed: number, minutes: number, signal: AbortSignal, onSpell: (name: string) => void }} options
 *   `minutes`: how long that will be; the outage takes no more than a tenth of it
 */
export async function changeFaults(bed, { seed, minutes, signal, onSpell }) {
  const random = mulberry32(seed)
  const spell = async (length, fault) => {
    onSpell(fault?.name ?? 'quiet')
    await fault?.begin(bed)
    await sleep(length, undefined, { signal }).catch(() => {})
    await fault?.end(bed)
  }
  const tenth = (minutes * 60_000) / 10
  await spell(Math.min(LONGEST_OUTAGE, tenth), OUTAGE)
  await spell(LONGEST_SPELL)
  while (!signal.aborted) {
    const isQuiet = random() < QUIET
    const fault = CHANGING[Math.floor(random() * CHANGING.length)]
    const length = SHORTEST_SPELL + random() * (LONGEST_SPELL - SHORTEST_SPELL)
    await spell(length, isQuiet ? undefined : fault)
  }
}
