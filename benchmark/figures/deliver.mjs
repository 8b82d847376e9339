// A steady load and a flush, with nothing measured here: what counts is what the sink received.

import { loadOf } from '../loads/index.mjs'
import { recordSteadily } from './steady.mjs'
import { openWarm, recordedBy } from './warm.mjs'

export async function measure({ side: name, load: loadName, rate, seconds }, ready) {
  const load = loadOf(loadName)
  const side = await openWarm(name, load)
  await ready()
  const { records } = await recordSteadily(side.metrics, load, { rate, seconds })
  await side.flush()
  return recordedBy(side, load, records)
}
