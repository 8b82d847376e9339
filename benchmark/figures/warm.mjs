// A side that has recorded and sent for a while, with every series of the load known.

import { open } from '../sides/index.mjs'

/** Records between two turns of the event loop, but for bursts. */
export const CHUNK = 960

// Enough for the compiler, and for the first requests of a client.
const WARM_UP_CHUNKS = 40

/**
 * @param {string} name
 * @param {import('../loads/index.mjs').Load} load
 */
export async function openWarm(name, load) {
  const side = await open(name)
  await warmUp(side, load)
  return side
}

export async function warmUp(side, load, chunks = WARM_UP_CHUNKS) {
  for (let chunk = 0; chunk < chunks; chunk++) {
    load.run(side.metrics, chunk * CHUNK, CHUNK)
    await side.flush()
  }
}

/** What every figure tells, so that the delivery can be checked. */
export function recordedBy(side, load, records) {
  return { records, expected: load.totals(records), dropped: side.dropped() }
}
