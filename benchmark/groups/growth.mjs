// What a record and a process cost as series grow.

import { megabytes, section, spread, table } from '../report.mjs'
import { nameOf } from './names.mjs'

const RAISED = { HKM_MAX_SERIES: '1000000', HKM_MAX_BUFFERED_DATUMS: '1000000' }

const VARIANTS = {
  native: { side: 'native', env: RAISED },
  default: { side: 'native' },
  'prom-client': { side: 'prom-client' },
  peer: { side: 'peer' },
}

const HEAD = [
  'maxSeries and maxBufferedDatums raised',
  'as it comes (maxSeries 10,000)',
  nameOf('prom-client'),
  nameOf('peer'),
]

export const name = 'growth'

export async function run(bench) {
  const { series, bursts } = bench.plan.growth
  await bench.alternate(
    'growth',
    Object.keys(VARIANTS),
    async ({ runtime, side: variant, round }) => {
      const { side, env } = VARIANTS[variant]
      for (const count of series) {
        const task = {
          group: 'growth',
          figure: 'growth',
          runtime,
          round,
          side,
          series: count,
          bursts,
        }
        // Past `maxSeries` the overflow still counts every record; past `maxBufferedDatums` it does not.
        await bench.measure({ ...task, variant }, { env, collects: true, mayDrop: true })
      }
    }
  )
}

export function tables(samples) {
  const [runtime] = samples.runtimes('growth')
  const all = [...new Set(samples.filter({ group: 'growth' }).map(({ series }) => series))]
  const grid = (what, pick) =>
    table(
      [what, ...HEAD],
      all.map((series) => [
        series.toLocaleString('en-US'),
        ...Object.keys(VARIANTS).map((variant) =>
          spread(samples.of({ group: 'growth', variant, series }, pick))
        ),
      ])
    )
  return [
    section(
      `Growth, ${runtime}`,
      grid('series; ns a record', ({ nanoseconds }) => nanoseconds),
      grid('series; memory added, MB', ({ bytes }) => megabytes(bytes))
    ),
  ]
}
