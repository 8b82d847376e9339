// What a recorder allocates.

import { section, show, spread, table } from '../report.mjs'
import { nameOf } from './names.mjs'

const SIDES = ['native', 'peer', 'prom-client', 'opentelemetry', 'hot-shots, buffered', 'hot-shots']
const LOADS = { 'counter 100': 'a counter', 'value 100': 'a value' }
const MILLION = 1e6

export const name = 'heap'

export async function run(bench) {
  const { bursts } = bench.plan.heap
  await bench.alternate('heap', SIDES, async ({ runtime, side, round }) => {
    if (runtime.name.startsWith('Bun')) return
    for (const load of Object.keys(LOADS)) {
      const task = { group: 'heap', figure: 'heap', runtime, round, side, load, bursts }
      await bench.measure(task, { collects: true })
    }
  })
}

export function tables(samples) {
  const runtimes = samples.runtimes('heap')
  const columns = runtimes.flatMap((runtime) =>
    Object.keys(LOADS).map((load) => ({ runtime, load }))
  )
  const of = (side, column, pick) => samples.of({ group: 'heap', side, ...column }, pick)
  const grid = (what, cell) =>
    table(
      [what, ...columns.map(({ runtime, load }) => `${runtime}, ${LOADS[load]}`)],
      SIDES.map((side) => [nameOf(side), ...columns.map((column) => cell(side, column))])
    )
  return [
    section(
      'JavaScript heap',
      grid('bytes allocated a record', (side, column) =>
        spread(of(side, column, ({ bytes }) => bytes))
      ),
      grid('collections a million records', (side, column) =>
        spread(of(side, column, ({ collections, records }) => (collections / records) * MILLION))
      ),
      `Over ${show(100)} series, with label objects that exist already. JavaScriptCore, in Bun, does not tell: it ` +
        'knows the size of its heap only when it collects it.'
    ),
  ]
}
