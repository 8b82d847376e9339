// From `import()` to the first delivery in a fresh process: milliseconds, memory and threads.

import { loadOf } from '../loads/index.mjs'
import { open } from '../sides/index.mjs'
import { residentBytes, threads } from './memory.mjs'
import { Tally } from './tally.mjs'

const SERIES = 1_000

export async function measure({ side: name }, ready) {
  const load = loadOf(`counter ${SERIES}`)
  await ready()
  const before = { bytes: residentBytes(), threads: threads() }

  const start = performance.now()
  const side = await open(name)
  const imported = performance.now() - start
  const bytes = { imported: residentBytes() - before.bytes }

  const restart = performance.now()
  side.metrics.recordUnknownModelCost({ tool: 'search' })
  const recorded = imported + performance.now() - restart
  bytes.recorded = residentBytes() - before.bytes

  const again = performance.now()
  await side.flush()
  const delivered = recorded + performance.now() - again

  load.run(side.metrics, 0, SERIES)
  await side.flush()
  bytes.series = residentBytes() - before.bytes

  const tally = new Tally()
  tally.add({ UnknownModelCost: { points: 1, sum: 1 } })
  tally.add(load.totals(SERIES))
  const added = threads() === undefined ? undefined : threads() - before.threads
  return { imported, recorded, delivered, bytes, threads: added, ...tally.recordedBy(side) }
}
