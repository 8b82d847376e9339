// CPU of a record all in, at a steady rate: from recording to the end of the last flush, all threads, and of it what
// the main thread took.

import { loadOf } from '../loads/index.mjs'
import { mainThreadTime, processTime } from './cpu-time.mjs'
import { recordSteadily } from './steady.mjs'
import { openWarm, recordedBy } from './warm.mjs'

export async function measure({ side: name, load: loadName, rate, seconds }, ready) {
  const load = loadOf(loadName)
  const side = await openWarm(name, load)
  await ready()
  const before = { all: processTime(), main: mainThreadTime() }
  const { records, longestBatch } = await recordSteadily(side.metrics, load, { rate, seconds })
  await side.flush()
  const all = (processTime() - before.all) / records
  const main = before.main === undefined ? undefined : (mainThreadTime() - before.main) / records
  return { all, main, longestBatch, ...recordedBy(side, load, records) }
}
