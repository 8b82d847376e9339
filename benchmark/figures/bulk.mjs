// CPU of the whole process a record when the load never pauses, and the time that the event loop was busy, recording
// and sending, which is what is kept from the application's own work. The peer has to be waited for before its
// buffer overflows; the event loop turns after every chunk on both sides.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { loadOf } from '../loads/index.mjs'
import { processTime } from './cpu-time.mjs'
import { CHUNK, openWarm, recordedBy } from './warm.mjs'

const NS_PER_MS = 1e6

export async function measure({ side: name, load: loadName, records }, ready) {
  const load = loadOf(loadName)
  const side = await openWarm(name, load)
  await ready()
  const chunks = Math.ceil(records / CHUNK)
  const before = processTime()
  const idle = performance.eventLoopUtilization?.()
  for (let chunk = 0; chunk < chunks; chunk++) {
    load.run(side.metrics, chunk * CHUNK, CHUNK)
    await side.makeRoom()
    await nextTurn()
  }
  await side.flush()
  const all = processTime() - before
  // Bun has the function, and says nought.
  const active = performance.eventLoopUtilization?.(idle).active || undefined
  const recorded = recordedBy(side, load, chunks * CHUNK)
  return {
    all: all / recorded.records,
    busy: active && (active * NS_PER_MS) / recorded.records,
    ...recorded,
  }
}
