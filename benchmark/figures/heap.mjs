// Bytes of JavaScript heap that a recorder allocates, and how often the heap is collected meanwhile. The labels of a
// series are the same object each time: what a caller allocates is not in it. V8 only: JavaScriptCore knows the
// size of its heap only when it collects it.

import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import v8 from 'node:v8'
import { loadOf } from '../loads/index.mjs'
import { openWarm, recordedBy } from './warm.mjs'

// Records between two readings: few, so that a collection spoils few of them.
const PART = 300
const PARTS_OF_BURST = 30

// An observer is told of a collection a little later.
const TOLD_MS = 20

const used = () => v8.getHeapStatistics().used_heap_size

/** What is allocated by reading and nothing else. */
function bytesOfReading() {
  const differences = Array.from({ length: 100 }, () => {
    const before = used()
    return used() - before
  })
  return middle(differences)
}

const middle = (samples) => samples.sort((a, b) => a - b)[samples.length >> 1]

export async function measure({ side: name, load: loadName, bursts }, ready) {
  const load = loadOf(loadName, { reuse: true })
  const side = await openWarm(name, load)
  await ready()

  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  const reading = bytesOfReading()
  globalThis.gc()
  await sleep(TOLD_MS)
  observer.observe({ entryTypes: ['gc'] })

  const allocated = []
  let made = 0
  for (let burst = 0; burst < bursts; burst++) {
    for (let part = 0; part < PARTS_OF_BURST; part++) {
      const before = used()
      load.run(side.metrics, made, PART)
      const difference = used() - before - reading
      // The heap shrinks when it is collected.
      if (difference >= 0) allocated.push(difference / PART)
      made += PART
    }
    await side.flush()
  }
  await sleep(TOLD_MS)
  observer.disconnect()
  return { bytes: middle(allocated), collections, ...recordedBy(side, load, made) }
}
