// How long the event loop was held up at a steady rate: by how much a timer of 1 ms was late, in milliseconds. Apart
// from `cpu`, because that timer costs CPU itself; a plain timer, because what runtimes have of their own differs.

import { setTimeout as sleep } from 'node:timers/promises'
import { loadOf } from '../loads/index.mjs'
import { PAUSE_MS, recordSteadily } from './steady.mjs'
import { openWarm, recordedBy } from './warm.mjs'

const TICK_MS = 1

export async function measure({ side: name, load: loadName, rate, seconds }, ready) {
  const load = loadOf(loadName)
  const side = await openWarm(name, load)
  await ready()
  const late = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    late.push(Math.max(0, now - last - TICK_MS))
    last = now
  }, TICK_MS)
  const { records, longestBatch } = await recordSteadily(side.metrics, load, { rate, seconds })
  await side.flush()
  // One more turn, so that a flush that held up the loop last is seen.
  await sleep(PAUSE_MS)
  clearInterval(timer)
  late.sort((a, b) => a - b)
  return {
    longest: late.at(-1),
    p99: late[Math.floor(late.length * 0.99)],
    longestBatch,
    ...recordedBy(side, load, records),
  }
}
