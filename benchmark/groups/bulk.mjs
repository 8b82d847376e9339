// The load that never pauses.

import { NONE, ratio, section, spread, table } from '../report.mjs'

export const name = 'bulk'

export async function run(bench) {
  const { records } = bench.plan.bulk
  await bench.alternate('bulk', ['native', 'peer'], ({ runtime, side, round }) =>
    bench.measure({ group: 'bulk', figure: 'bulk', runtime, round, side, load: 'mixed', records })
  )
}

const microseconds = {
  'event-loop time, sending included': ({ busy }) => (busy ? busy / 1_000 : undefined),
  'CPU, all threads': ({ all }) => all / 1_000,
}

export function tables(samples) {
  const rows = samples.runtimes('bulk').flatMap((runtime) =>
    Object.entries(microseconds).map(([what, pick]) => {
      const [native, peer] = ['native', 'peer'].map((side) =>
        samples.of({ group: 'bulk', runtime, side }, pick)
      )
      return [`${runtime}: ${what}`, spread(native), spread(peer), ratio(native, peer)]
    })
  )
  return [
    section(
      'A load that never pauses, µs a record',
      table(['', 'this package', 'one datum per record', 'ratio'], rows),
      `${NONE}: Bun does not tell how long its event loop was busy.`
    ),
  ]
}
