/** Steps at an even rate, a batch at a time, so that timers and deliveries come between them. */

import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two batches. */
const BATCH_MS = 10

/**
 * Makes up for a batch that came late. Ends after `count` steps.
 *
 * @param {{ count: number, perSecond: number, step: () => void, between: (made: number) => void }} options
 *   `between` is called after each batch
 */
export async function pace({ count, perSecond, step, between }) {
  const began = performance.now()
  for (let made = 0; made < count; ) {
    await sleep(BATCH_MS)
    const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1_000))
    for (; made < due; made++) step()
    between(made)
  }
}
