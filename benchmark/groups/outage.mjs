// What is lost when connections to CloudWatch are refused for a while.

import { setTimeout as sleep } from 'node:timers/promises'
import { JUDGED } from '../plan.mjs'
import { section, show, table } from '../report.mjs'
import { nameOf } from './names.mjs'
import { together } from './together.mjs'

const SIDES = ['native', 'peer']
const RATE = 10_000
const MS = 1_000

export const name = 'outage'

export async function run(bench) {
  const { before, outage, after } = bench.plan.outage
  const runtime = bench.runtimes.find(({ name }) => name === JUDGED) ?? bench.runtimes[0]
  const seconds = before + outage + after
  process.stderr.write(`outage, ${runtime.name}, ${seconds} s\n`)
  const tasks = SIDES.map((side) => ({
    group: 'outage',
    figure: 'deliver',
    runtime,
    round: 1,
    side,
    load: 'mixed',
    rate: RATE,
    seconds,
    outage,
    mayDrop: true,
    async meanwhile(sink) {
      await sleep(before * MS)
      await sink.ask('refuse')
      await sleep(outage * MS)
      await sink.ask('accept')
    },
  }))
  await together(bench, tasks)
}

export function tables(samples) {
  const rows = SIDES.flatMap((side) =>
    samples
      .filter({ group: 'outage', side })
      .map(({ records, points }) => [
        nameOf(side),
        show(records),
        show(points),
        show(records - points),
        `${show((100 * (records - points)) / records)} %`,
      ])
  )
  const [sample] = samples.filter({ group: 'outage' })
  if (sample === undefined) return []
  return [
    section(
      `Connections refused for ${sample.outage} s, at ${show(RATE)} records/s`,
      table(['', 'recorded', 'arrived', 'lost', ''], rows)
    ),
  ]
}
