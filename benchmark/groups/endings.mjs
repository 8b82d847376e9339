// How long a process that ends is held up.

import { section, spread, table } from '../report.mjs'

const ENDINGS = { natural: 'event loop runs dry', exit: 'process.exit()', SIGTERM: 'SIGTERM' }
// What CloudWatch takes to answer, in milliseconds.
const DELAYS = [0, 50]
const RECORDS = 1_000
const SERIES = 100

export const name = 'endings'

export async function run(bench) {
  const sides = ['native', 'off', 'peer']
  await bench.alternate('endings', sides, async ({ runtime, side, round }) => {
    for (const ending of Object.keys(ENDINGS)) {
      // Without this package nothing can be sent at the other two.
      if (side === 'peer' && ending !== 'natural') continue
      for (const delay of DELAYS) {
        const task = { group: 'endings', runtime, round, side, ending, delay }
        const env = side === 'off' ? { HKM_ENABLED: 'false' } : {}
        await bench.end(task, { env, records: RECORDS, series: SERIES, delay })
      }
    }
  })
}

export function tables(samples) {
  const rows = samples.runtimes('endings').flatMap((runtime) =>
    Object.entries(ENDINGS).flatMap(([ending, words]) =>
      DELAYS.map((delay) => {
        const where = (side) => ({ group: 'endings', runtime, side, ending, delay })
        const less = (side, pick) => spread(samples.less(where(side), 'off', pick))
        return [
          `${runtime}, ${words}, ${delay} ms`,
          less('native', ({ after }) => after),
          less('native', ({ wall }) => wall),
          less('peer', ({ after }) => after),
          less('peer', ({ wall }) => wall),
          spread(samples.of(where('off'), ({ wall }) => wall)),
        ]
      })
    )
  )
  return [
    section(
      'An ending process held up, ms more than with metrics off',
      table(
        [
          'ending, and what CloudWatch takes to answer',
          'this package: from the last record',
          'from the start',
          'one datum per record: from the last record',
          'from the start',
          'metrics off: from start to end',
        ],
        rows
      ),
      `A process that makes ${RECORDS.toLocaleString('en-US')} records over ${SERIES} series and ends.`
    ),
  ]
}
