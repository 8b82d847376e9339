// From import to the first delivery: time, memory, threads and sizes.

import { megabytes, NONE, ratio, section, show, spread, table } from '../report.mjs'
import { sizes } from '../sizes.mjs'
import { nameOf } from './names.mjs'

const SIDES = ['native', 'peer', 'prom-client', 'opentelemetry', 'hot-shots']
/** Those for which a delivery can be waited for. */
const DELIVERED = ['native', 'peer']

export const name = 'startup'

export async function run(bench) {
  await bench.alternate('startup', SIDES, ({ runtime, side, round }) =>
    bench.measure({ group: 'startup', figure: 'startup', runtime, round, side }, { collects: true })
  )
  bench.samples.push({ group: 'startup', figure: 'sizes', round: 1, sizes: await sizes() })
}

const FIGURES = {
  'import, ms': ({ imported }) => imported,
  'import and first record, ms': ({ recorded }) => recorded,
  'import to first delivery, ms': ({ delivered, side }) =>
    DELIVERED.includes(side) ? delivered : undefined,
  'memory after import, MB': ({ bytes }) => megabytes(bytes.imported),
  'memory after the first record, MB': ({ bytes }) => megabytes(bytes.recorded),
  'memory with 1,000 series delivered, MB': ({ bytes }) => megabytes(bytes.series),
  'threads added': ({ threads }) => threads,
}

/** Milliseconds of each import. */
export const importOf = (samples, runtime, side) =>
  samples.of({ group: 'startup', figure: 'startup', runtime, side }, ({ imported }) => imported)

export function tables(samples) {
  const [{ sizes }] = samples.filter({ group: 'startup', figure: 'sizes' })
  const runtimes = samples.runtimes('startup').filter((runtime) => runtime !== undefined)
  const perRuntime = runtimes.map((runtime) => {
    const rows = Object.entries(FIGURES).map(([figure, pick]) => {
      const of = (side) => samples.of({ group: 'startup', figure: 'startup', runtime, side }, pick)
      const isTime = figure.endsWith('ms')
      const factor = isTime ? ratio(of('native'), of('peer')) : NONE
      return [figure, ...SIDES.map((side) => spread(of(side))), factor]
    })
    const head = [runtime, ...SIDES.map(nameOf), 'one datum per record / this package']
    return section(`${runtime}: start`, table(head, rows))
  })
  const installed = sizes.map(({ name, packages, packed, unpacked }) => [
    name,
    show(packages),
    packed === undefined ? NONE : show(megabytes(packed)),
    show(megabytes(unpacked)),
  ])
  return [
    ...perRuntime,
    section('Installed', table(['', 'packages', 'to download, MB', 'on disk, MB'], installed)),
  ]
}
