// CPU of a record all in, at a steady rate: from recording to the end of the last flush, all threads, and of it what
// the main thread and the native one took.

import { loadOf } from '../loads/index.mjs'
import { flusherTime, mainThreadTime, processTime } from './cpu-time.mjs'
import { recordSteadily } from './steady.mjs'
import { openWarm, recordedBy } from './warm.mjs'

export async function measure({ side: name, load: loadName, rate, seconds }, ready) {
  const load = loadOf(loadName)
  const side = await openWarm(name, load)
  await ready()
  const before = times()
  const { records, longestBatch } = await recordSteadily(side.metrics, load, { rate, seconds })
  await side.flush()
  const after = times()
  const spent = (part) => before[part] && (after[part] - before[part]) / records
  return {
    all: spent('all'),
    main: spent('main'),
    flusher: spent('flusher'),
    longestBatch,
    ...recordedBy(side, load, records),
  }
}

const times = () => ({ all: processTime(), main: mainThreadTime(), flusher: flusherTime() })
