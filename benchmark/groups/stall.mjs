// Stalls of the event loop, and what of them is ours.

import { section, spread, table } from '../report.mjs'

const SIDES = ['native', 'peer', 'nothing']

export const name = 'stall'

export async function run(bench) {
  for (const [rate, seconds] of Object.entries(bench.plan.stall.seconds)) {
    await bench.alternate('stall', SIDES, ({ runtime, side, round }) =>
      bench.measure(
        {
          group: 'stall',
          figure: 'stall',
          runtime,
          round,
          side,
          load: 'mixed',
          rate: Number(rate),
          seconds,
        },
        { mayDrop: true }
      )
    )
  }
}

export const FIGURES = {
  'longest stall': ({ longest }) => longest,
  '99th percentile': ({ p99 }) => p99,
  'longest batch of calls': ({ longestBatch }) => longestBatch,
}

/** By how much the longest stall, or batch, of each round was longer than that of the load alone, in milliseconds. */
export const causedBy = (samples, runtime, side, rate, figure = 'longest stall') =>
  samples.less({ group: 'stall', runtime, side, rate }, 'nothing', FIGURES[figure])

export function tables(samples) {
  const rates = [...new Set(samples.filter({ group: 'stall' }).map(({ rate }) => rate))]
  const rows = samples
    .runtimes('stall')
    .flatMap((runtime) =>
      rates.flatMap((rate) =>
        Object.entries(FIGURES).map(([figure, pick]) => [
          `${runtime}, ${rate.toLocaleString('en-US')} records/s: ${figure}`,
          ...SIDES.map((side) => spread(samples.of({ group: 'stall', runtime, side, rate }, pick))),
          spread(causedBy(samples, runtime, 'native', rate, figure)),
          spread(causedBy(samples, runtime, 'peer', rate, figure)),
        ])
      )
    )
  return [
    section(
      'Stalls of the event loop, ms',
      table(
        [
          '',
          'this package',
          'one datum per record',
          'the load alone',
          'this package, less the load',
          'one datum per record, less the load',
        ],
        rows
      )
    ),
  ]
}
