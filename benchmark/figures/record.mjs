// Nanoseconds that the call of a recorder takes its caller, for one load after the other.
//
// A burst is flushed outside of the timed part, as the peer would otherwise drop, and rests then: a side that waits for
// an answer finds the processor cold, and one with nothing to flush has to as well. What begins within a call is in it:
// the peer sends at 1,000 datums, the native side wakes its flusher. The rest of the sending is in `cpu` and `bulk`.

import { setTimeout } from 'node:timers/promises'
import { loadOf } from '../loads/index.mjs'
import { open } from '../sides/index.mjs'
import { Tally } from './tally.mjs'
import { CHUNK, warmUp } from './warm.mjs'

// Records of a burst: short of the 10,000 at which the peer drops.
const BURST = 9_000

// Between two bursts, in milliseconds; about what a flush takes.
const REST = 5

// One burst in so many is not timed: the first ones, for which code may still be compiled.
const UNTIMED = 6

/**
 * The time that bursts of a load take their caller, in nanoseconds a record.
 *
 * @returns {Promise<{ nanoseconds: number, records: number }>} `records` with those that were not timed
 */
export async function timeBursts(side, load, bursts) {
  const untimed = Math.ceil(bursts / UNTIMED)
  let elapsed = 0n
  for (let burst = 0; burst < untimed + bursts; burst++) {
    const start = process.hrtime.bigint()
    load.run(side.metrics, burst * BURST, BURST)
    if (burst >= untimed) elapsed += process.hrtime.bigint() - start
    await side.flush()
    await setTimeout(REST)
  }
  return {
    nanoseconds: Number(elapsed) / (bursts * BURST),
    records: (untimed + bursts) * BURST,
  }
}

export async function measure({ side: name, ...parameters }, ready) {
  const side = await open(name)
  await ready()
  return timeLoads(side, loadOf, parameters)
}

/**
 * Times each load on an open side.
 *
 * @param {(name: string) => object} loadOf
 */
export async function timeLoads(side, loadOf, { loads, bursts, warmUpChunks }) {
  const tally = new Tally()
  const nanoseconds = {}
  for (const loadName of loads) {
    const load = loadOf(loadName)
    await warmUp(side, load, warmUpChunks)
    tally.add(load.totals(warmUpChunks * CHUNK))
    const timed = await timeBursts(side, load, bursts)
    nanoseconds[loadName] = timed.nanoseconds
    tally.add(load.totals(timed.records))
  }
  return { nanoseconds, ...tally.recordedBy(side) }
}
