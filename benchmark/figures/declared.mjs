// Nanoseconds that a record of a counter of one's own takes its caller, as in `record.mjs`.

import { declaredLoad } from '../loads/declared.mjs'
import { loadOf } from '../loads/index.mjs'
import { open } from '../sides/declared.mjs'
import { timeBursts } from './record.mjs'
import { Tally } from './tally.mjs'
import { CHUNK, warmUp } from './warm.mjs'

export async function measure({ side: name, loads, bursts, warmUpChunks }, ready) {
  const side = await open(name)
  await ready()
  const tally = new Tally()
  const nanoseconds = {}
  for (const loadName of loads) {
    const [kind, series] = loadName.split(' ')
    const load =
      kind === 'facade' ? loadOf(`counter ${series}`) : declaredLoad(side, kind, Number(series))
    await warmUp(side, load, warmUpChunks)
    tally.add(load.totals(warmUpChunks * CHUNK))
    const timed = await timeBursts(side, load, bursts)
    nanoseconds[loadName] = timed.nanoseconds
    tally.add(load.totals(timed.records))
  }
  return { nanoseconds, ...tally.recordedBy(side) }
}
