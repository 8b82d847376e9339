// CPU of a record all in, at steady rates and without a pause.

import { NONE, ratio, section, show, spread, table } from '../report.mjs'

const SIDES = ['native', 'peer', 'floor', 'nothing']
const LOAD = 'mixed'

export const name = 'cpu'

export async function run(bench) {
  for (const [rate, seconds] of Object.entries(bench.plan.cpu.seconds)) {
    await bench.alternate('cpu', SIDES, ({ runtime, side, round }) =>
      bench.measure(
        {
          group: 'cpu',
          figure: 'cpu',
          runtime,
          round,
          side,
          load: LOAD,
          rate: Number(rate),
          seconds,
        },
        { mayDrop: true }
      )
    )
  }
}

const microseconds = ({ all }) => all / 1_000
const mainMicroseconds = ({ main }) => (main === undefined ? undefined : main / 1_000)
const flusherMicroseconds = ({ flusher }) => (flusher === undefined ? undefined : flusher / 1_000)

/** CPU a record less that of the load, of each round, in microseconds. */
export const cpuOf = (samples, runtime, side, rate) =>
  samples.less({ group: 'cpu', runtime, side, rate }, 'nothing', microseconds)

export function tables(samples) {
  const rates = [...new Set(samples.filter({ group: 'cpu' }).map(({ rate }) => rate))]
  const rows = samples.runtimes('cpu').flatMap((runtime) =>
    rates.map((rate) => {
      const where = (side) => ({ group: 'cpu', runtime, side, rate })
      const all = (side) => samples.less(where(side), 'nothing', microseconds)
      const main = (side) => samples.less(where(side), 'nothing', mainMicroseconds)
      const lost = samples.of(where('peer'), ({ dropped, records }) => (100 * dropped) / records)
      return [
        `${runtime}, ${rate.toLocaleString('en-US')} records/s`,
        spread(all('native')),
        spread(all('peer')),
        ratio(all('native'), all('peer')),
        spread(all('floor')),
        spread(samples.of(where('native'), flusherMicroseconds)),
        spread(main('native')),
        spread(main('peer')),
        spread(samples.of(where('nothing'), microseconds)),
        lost.every((share) => share === 0) ? NONE : `${lost.map(show).join(', ')} %`,
      ]
    })
  )
  return [
    section(
      'CPU a record, all in, less the load itself, µs',
      table(
        [
          'user and system time',
          'this package',
          'one datum per record',
          'ratio',
          'look-up and store',
          'native thread of this package',
          'main thread: this package',
          'one datum per record',
          'the load alone',
          'dropped by one datum per record',
        ],
        rows
      )
    ),
  ]
}
