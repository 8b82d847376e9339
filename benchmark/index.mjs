// What a record costs, against one datum per record with the AWS SDK for JavaScript: `npm run bench`.
//
//   here -- starts, one after the other --> child.mjs: one figure, one side -- HTTP --> sink.mjs
//
// The sides alternate within each round, so that a slow minute of the machine meets both. Only the ratios of
// one run mean something; README.md says what each figure is.

import { readdirSync, statSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { shortfalls } from './delivery.mjs'
import { measure, startSink } from './processes.mjs'
import { baselines, comparison } from './report.mjs'
import { DELIVERING } from './sides.mjs'

// A stripped release build is a tenth of a debug build.
const MAX_RELEASE_BYTES = 20e6

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })

// `amount`: bursts, bursts, seconds, records, seconds, and nothing.
const PLAN = [
  { figure: 'record', sides: ['native', 'peer', 'floor', 'nothing'], rounds: 5, amount: 30 },
  { figure: 'newNames', sides: ['native', 'peer', 'floor'], rounds: 4, amount: 30 },
  { figure: 'steady', sides: ['native', 'peer', 'nothing'], rounds: 4, amount: 6 },
  { figure: 'bulk', sides: ['native', 'peer'], rounds: 4, amount: 500_000 },
  { figure: 'stall', sides: ['native', 'peer', 'nothing'], rounds: 3, amount: 6 },
  { figure: 'import', sides: ['native', 'peer'], rounds: 9, amount: 0 },
]

const QUICK = {
  record: { rounds: 2, amount: 10 },
  newNames: { rounds: 1, amount: 10 },
  steady: { rounds: 1, amount: 2 },
  bulk: { rounds: 1, amount: 100_000 },
  stall: { rounds: 1, amount: 2 },
  import: { rounds: 3, amount: 0 },
}

const problems = []

/** Runs one figure and gives, for each side, what each round measured. */
async function run(sink, { figure, sides, rounds, amount }) {
  const results = Object.fromEntries(sides.map((side) => [side, []]))
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`${figure}, round ${round} of ${rounds}\n`)
    for (const side of sides) {
      const result = await measure(sink, side, figure, amount)
      results[side].push(result)
      if (!DELIVERING.includes(side)) continue
      for (const problem of shortfalls(result)) problems.push(`${figure}, ${side}: ${problem}`)
    }
  }
  return results
}

function describeMachine(plan) {
  const { model } = cpus()[0]
  const rounds = plan.map(({ figure, rounds }) => `${figure} ${rounds}`).join(', ')
  return (
    `${model}, ${availableParallelism()} cores, Node ${process.version}, ` +
    `${process.platform}-${process.arch}. Rounds: ${rounds}. Median (least–most).`
  )
}

function warnOfDebugBuild() {
  const root = new URL('../', import.meta.url)
  for (const file of readdirSync(root).filter((name) => name.endsWith('.node'))) {
    if (statSync(new URL(file, root)).size > MAX_RELEASE_BYTES) {
      process.stderr.write(`${file} looks like a debug build: run npm run build for real figures\n`)
    }
  }
}

const plan = PLAN.map((entry) => (flags.quick ? { ...entry, ...QUICK[entry.figure] } : entry))
const started = performance.now()
warnOfDebugBuild()

const sink = await startSink()
const measured = {}
for (const entry of plan) measured[entry.figure] = await run(sink, entry)
await sink.stop()

/** One number of every round, on one side. */
const each = (figure, side, pick) => measured[figure][side].map(pick)
/** The same, less what the load alone cost in that round. */
const less = (figure, side, pick) =>
  each(figure, side, pick).map((value, round) => value - pick(measured[figure].nothing[round]))

const row = (figure, source, pick, from = each) => ({
  figure,
  native: from(source, 'native', pick),
  peer: from(source, 'peer', pick),
})

const nanoseconds = (result) => result.nanoseconds
const microseconds = ({ cpu }) => cpu / 1_000
const busy = (result) => result.busy / 1_000
const rows = [
  row('call of a recorder, ns', 'record', nanoseconds),
  row('the same, key names put together anew, ns', 'newNames', nanoseconds),
  row('event-loop time a record, sending included, µs', 'bulk', busy),
  row('CPU a record, all threads, at 10,000 records/s, µs', 'steady', microseconds),
  row('the same, less the load itself, µs', 'steady', microseconds, less),
  row('CPU a record, all threads, in bulk, µs', 'bulk', microseconds),
  row('longest event-loop stall at 10,000 records/s, ms', 'stall', ({ longest }) => longest),
  row('99th percentile of event-loop stalls, ms', 'stall', ({ p99 }) => p99),
  row('import, ms', 'import', ({ imported }) => imported),
  row('import and first record, ms', 'import', ({ recorded }) => recorded),
  row('bytes sent a record', 'steady', ({ received, records }) => received.wireBytes / records),
  row(
    'requests a million records, at 10,000 records/s',
    'steady',
    ({ received, records }) => (received.requests / records) * 1e6
  ),
]

const references = [
  ['the loop alone, ns a record', 'record', 'nothing', nanoseconds],
  ['look-up and atomic store, ns a record', 'record', 'floor', nanoseconds],
  ['the same, key names put together anew, ns', 'newNames', 'floor', nanoseconds],
  ['the steady load alone, µs of CPU a record', 'steady', 'nothing', microseconds],
  ['longest stall of the steady load alone, ms', 'stall', 'nothing', ({ longest }) => longest],
  ['99th percentile of it, ms', 'stall', 'nothing', ({ p99 }) => p99],
].map(([figure, source, side, pick]) => ({ figure, samples: each(source, side, pick) }))

console.log(`${comparison(rows)}\n\n${baselines(references)}\n\n${describeMachine(plan)}`)

const seconds = Math.round((performance.now() - started) / 1_000)
process.stderr.write(`\nTook ${seconds} s. `)
process.stderr.write(problems.length ? '\n' : 'Every record of every run arrived.\n')
for (const problem of problems) process.stderr.write(`NOT DELIVERED: ${problem}\n`)
process.exitCode = problems.length ? 1 : 0
