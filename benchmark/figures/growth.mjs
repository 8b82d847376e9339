// What a record costs its caller, and the memory that is held, with a number of series that are all known.

import { loadOf } from '../loads/index.mjs'
import { open } from '../sides/index.mjs'
import { residentBytes } from './memory.mjs'
import { timeBursts } from './record.mjs'
import { Tally } from './tally.mjs'
import { CHUNK, warmUp } from './warm.mjs'

// At least so many chunks are recorded before anything is timed, and at least each series once.
const LEAST_CHUNKS = 40

export async function measure({ side: name, series, bursts }, ready) {
  const load = loadOf(`counter ${series}`)
  await ready()
  const before = residentBytes()
  const side = await open(name)
  const chunks = Math.max(LEAST_CHUNKS, Math.ceil(series / CHUNK))
  await warmUp(side, load, chunks)
  const bytes = residentBytes() - before
  const { nanoseconds, records } = await timeBursts(side, load, bursts)
  const tally = new Tally()
  tally.add(load.totals(chunks * CHUNK))
  tally.add(load.totals(records))
  return { nanoseconds, bytes, ...tally.recordedBy(side) }
}
