// A steady load: a batch of records every few milliseconds, as timers let it.

import { setTimeout as sleep } from 'node:timers/promises'

/** The pause between two batches, in milliseconds. */
export const PAUSE_MS = 10

/**
 * Records `rate` times a second for some seconds. What a late timer left over is recorded by the next batch.
 *
 * @returns {Promise<{ records: number, longestBatch: number }>} the longest time that a batch took, in milliseconds:
 *   a call that holds up its caller shows here, whatever else the event loop has to do
 */
export async function recordSteadily(metrics, load, { rate, seconds }) {
  const records = Math.floor((seconds * rate) / load.step) * load.step
  const start = performance.now()
  let longestBatch = 0
  for (let made = 0; made < records; ) {
    await sleep(PAUSE_MS)
    const began = performance.now()
    const due = Math.min(records, ((began - start) / 1_000) * rate)
    const count = Math.floor((due - made) / load.step) * load.step
    load.run(metrics, made, count)
    made += count
    longestBatch = Math.max(longestBatch, performance.now() - began)
  }
  return { records, longestBatch }
}
