// Seconds, as a program sees them that compares its times with those of windows.

import { setTimeout as sleep } from 'node:timers/promises'

const SECOND_MS = 1_000

/** The clock of the package may be behind JavaScript's: by `JITTER_MS` of src/clock.rs, and some more to read both. */
export const APART_MS = 100

/**
 * Waits until it is a later second than that of `time`, for both clocks. The flusher may not have run since then, and adds
 * what it finds to the window that it last saw. Therefore ask for the stats before you record: they look at the clock too.
 *
 * @param {number} [time] in milliseconds
 */
export async function laterSecondThan(time = 0) {
  const first = Math.floor(time / SECOND_MS + 1) * SECOND_MS
  const isLater = (now) => now >= first && now % SECOND_MS >= APART_MS
  while (!isLater(Date.now())) await sleep(10)
}
