// Nanoseconds that a record of a counter of one's own takes its caller, as in `record.mjs`.

import { declaredLoad } from '../loads/declared.mjs'
import { loadOf } from '../loads/index.mjs'
import { open } from '../sides/declared.mjs'
import { timeLoads } from './record.mjs'

export async function measure({ side: name, ...parameters }, ready) {
  const side = await open(name)
  await ready()
  const load = (loadName) => {
    const [kind, series] = loadName.split(' ')
    return kind === 'facade'
      ? loadOf(`counter ${series}`)
      : declaredLoad(side, kind, Number(series))
  }
  return timeLoads(side, load, parameters)
}
