// Nanoseconds a call, for all clients and the floor.

import { hasEmptyAddon } from '../native-call.mjs'
import { ratio, section, spread, table } from '../report.mjs'
import { nameOf } from './names.mjs'

const CLIENTS = [
  'native',
  'peer',
  'prom-client',
  'opentelemetry',
  'hot-shots, buffered',
  'hot-shots',
]
const FLOOR = ['floor', 'look-up', 'store', 'native call', 'nothing']

/** Those for which a burst takes long, because it is sent. */
const SLOW = ['peer', 'hot-shots', 'hot-shots, buffered']

const SERIES = [1, 10, 100, 1_000]
const COUNTERS = SERIES.map((series) => `counter ${series}`)
const VALUES = SERIES.map((series) => `value ${series}`)
// In the order in which they are measured: what makes new strings comes last.
const LOADS = [...COUNTERS, ...VALUES, 'mixed', 'newNames']

export const name = 'record'

export async function run(bench) {
  const { bursts, slowBursts, warmUpChunks } = bench.plan.record
  const sides = [...CLIENTS, ...FLOOR].filter((side) => side !== 'native call' || hasEmptyAddon())
  await bench.alternate('record', sides, ({ runtime, side, round }) =>
    bench.measure({
      group: 'record',
      figure: 'record',
      runtime,
      round,
      side,
      loads: LOADS,
      bursts: SLOW.includes(side) ? slowBursts : bursts,
      warmUpChunks,
    })
  )
}

/** Nanoseconds a record of each round. */
export const nanoseconds = (samples, runtime, side, load) =>
  samples.of({ group: 'record', runtime, side }, (sample) => sample.nanoseconds[load])

export function tables(samples) {
  return samples.runtimes('record').map((runtime) => {
    const of = (side, load) => nanoseconds(samples, runtime, side, load)
    const measured = (side) => samples.filter({ group: 'record', runtime, side }).length > 0
    const grid = (head, loads) =>
      table(head, [
        ...[...CLIENTS, ...FLOOR]
          .filter(measured)
          .map((side) => [nameOf(side), ...loads.map((load) => spread(of(side, load)))]),
        [
          'one datum per record / this package',
          ...loads.map((load) => ratio(of('native', load), of('peer', load))),
        ],
        [
          'this package / look-up and store',
          ...loads.map((load) => ratio(of('floor', load), of('native', load))),
        ],
      ])
    const series = SERIES.map((count) => count.toLocaleString('en-US'))
    return section(
      `${runtime}: the call of a recorder, ns`,
      grid(['a counter of 3 labels, series in play', ...series], COUNTERS),
      grid(['a value with 2 labels, series in play', ...series], VALUES),
      grid(
        ['seven recorders, 100 series', 'names that exist', 'key names put together anew'],
        ['mixed', 'newNames']
      )
    )
  })
}
