// Nanoseconds a record of metrics of one's own, for all clients and the floor.

import { ratio, section, spread, table } from '../report.mjs'
import { nameOf } from './names.mjs'

const SERIES = 100
const [FACADE, DECLARED, BOUND, WIDE] = ['facade', 'declared', 'bound', 'wide'].map(
  (kind) => `${kind} ${SERIES}`
)

/** Where making functions from text is forbidden, recorders are not compiled for their metric. */
export const FALLBACK = 'fallback'

const VARIANTS = {
  native: { side: 'native', loads: [FACADE, DECLARED, BOUND, WIDE] },
  [FALLBACK]: { side: 'native', loads: [FACADE, DECLARED, BOUND, WIDE], forbidsCode: true },
  store: { side: 'store', loads: [BOUND] },
  'prom-client': { side: 'prom-client', loads: [DECLARED, BOUND, WIDE] },
  opentelemetry: { side: 'opentelemetry', loads: [DECLARED, WIDE] },
  'hot-shots, buffered': { side: 'hot-shots, buffered', loads: [DECLARED, WIDE] },
}

/** Those for which a burst takes long, because it is sent. */
const SLOW = ['hot-shots, buffered']

const HEADS = {
  [FACADE]: 'facade, 3 labels',
  [DECLARED]: 'declared, 3 labels',
  [BOUND]: 'bound',
  [WIDE]: 'declared, 29 labels',
}

export const name = 'declared'

export async function run(bench) {
  const { bursts, slowBursts, warmUpChunks } = bench.plan.declared
  await bench.alternate(
    'declared',
    Object.keys(VARIANTS),
    async ({ runtime, side: variant, round }) => {
      const { side, loads, forbidsCode } = VARIANTS[variant]
      // Bun has no such switch.
      if (forbidsCode && runtime.name.startsWith('Bun')) return
      const task = {
        group: 'declared',
        figure: 'declared',
        runtime,
        round,
        side,
        variant,
        loads,
        bursts: SLOW.includes(variant) ? slowBursts : bursts,
        warmUpChunks,
      }
      await bench.measure(task, { forbidsCode })
    }
  )
}

/** Nanoseconds a record of each round. `kind` is `facade`, `declared`, `bound` or `wide`. */
export const declaredNanoseconds = (samples, runtime, variant, kind) =>
  samples.of(
    { group: 'declared', runtime, variant },
    ({ nanoseconds }) => nanoseconds[`${kind} ${SERIES}`]
  )

export function tables(samples) {
  return samples.runtimes('declared').map((runtime) => {
    const of = (variant, load) =>
      samples.of({ group: 'declared', runtime, variant }, ({ nanoseconds }) => nanoseconds[load])
    const measured = Object.keys(VARIANTS).filter(
      (variant) => samples.filter({ group: 'declared', runtime, variant }).length > 0
    )
    return section(
      `${runtime}: a counter of one's own over ${SERIES} series, ns`,
      table(
        ['', ...Object.values(HEADS)],
        [
          ...measured.map((variant) => [
            nameOf(variant),
            ...Object.keys(HEADS).map((load) => spread(of(variant, load))),
          ]),
          [
            'prom-client / this package',
            ...Object.keys(HEADS).map((load) => ratio(of('native', load), of('prom-client', load))),
          ],
          [
            'OpenTelemetry / this package',
            ...Object.keys(HEADS).map((load) =>
              ratio(of('native', load), of('opentelemetry', load))
            ),
          ],
          [
            'this package / floor',
            ...Object.keys(HEADS).map((load) => ratio(of('store', load), of('native', load))),
          ],
        ]
      )
    )
  })
}
