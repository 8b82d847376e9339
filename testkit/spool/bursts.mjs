// The records of a process that is killed. They come in bursts, each with a value of its own, so that what arrives tells which
// records are missing.

import { mulberry32 } from '../workload/random.mjs'

/** The most records of a burst. */
const LARGEST = 50

/** As many values are sent exactly; then they come again. */
const VALUES = 1_000

/**
 * Yields the bursts of a process without end: the value of its records, how many there are, and how many milliseconds later the next
 * one begins.
 *
 * @param {number} seed
 */
export function* bursts(seed) {
  const random = mulberry32(seed)
  for (let index = 0; ; index++) {
    yield {
      value: 1 + (index % VALUES),
      size: 1 + Math.floor(random() * LARGEST),
      pause: random() < 0.2 ? random() * 20 : 0,
    }
  }
}
