// Requests and bytes for a steady load, and what CloudWatch bills for them.

import { JUDGED } from '../plan.mjs'
import { ratio, section, show, spread, table } from '../report.mjs'
import { together } from './together.mjs'

const LOADS = {
  mixed: 'seven recorders, 100 series',
  'counter 10': 'a counter, 10 series',
  'counter 100': 'a counter, 100 series',
  'counter 1000': 'a counter, 1,000 series',
  'value 100 of 20': 'a value, 100 series, 20 distinct values',
  'value 100 of 5000': 'a value, 100 series, 5,000 distinct values',
}

const VARIANTS = {
  native: { side: 'native' },
  slower: { side: 'native', env: { HKM_FLUSH_INTERVAL_MS: '10000' } },
  peer: { side: 'peer' },
}

/** Records a second. */
const RATE = 10_000

// US dollars for a request of PutMetricData. Source: https://aws.amazon.com/cloudwatch/pricing/, "APIs", us-east-1.
const PRICE = 0.01 / 1_000
const SECONDS_OF_MONTH = 30 * 24 * 60 * 60

const MILLION = 1e6

export const name = 'wire'

export async function run(bench) {
  const { seconds } = bench.plan.wire
  const runtime = bench.runtimes.find(({ name }) => name === JUDGED) ?? bench.runtimes[0]
  process.stderr.write(`wire, ${runtime.name}, ${seconds} s\n`)
  const tasks = Object.keys(LOADS).flatMap((load) =>
    Object.entries(VARIANTS).map(([variant, { side, env }]) => {
      const task = { group: 'wire', figure: 'deliver', runtime, round: 1, side, load }
      return { ...task, variant, rate: RATE, seconds, env }
    })
  )
  await together(bench, tasks)
}

/** Requests for a million records. */
export const requestsOf = (samples, variant, load) =>
  samples.of(
    { group: 'wire', variant, load },
    ({ requests, records }) => (requests / records) * MILLION
  )

const bytesOf = (samples, variant, load) =>
  samples.of({ group: 'wire', variant, load }, ({ wireBytes, records }) => wireBytes / records)

const dollarsOf = (samples, variant, load) =>
  samples.of(
    { group: 'wire', variant, load },
    ({ requests, records }) => (requests / (records / RATE)) * SECONDS_OF_MONTH * PRICE
  )

export function tables(samples) {
  const grid = (what, of, withRatio) =>
    table(
      [
        what,
        'this package',
        'flushing every 10 s',
        'one datum per record',
        'ratio',
        'ratio at 10 s',
      ].slice(0, withRatio ? 6 : 4),
      Object.entries(LOADS).map(([load, words]) => {
        const [native, slower, peer] = Object.keys(VARIANTS).map((variant) =>
          of(samples, variant, load)
        )
        const all = [native, slower, peer].map(spread)
        return [words, ...all, ...(withRatio ? [ratio(native, peer), ratio(slower, peer)] : [])]
      })
    )
  return [
    section(
      `On the wire, at ${show(RATE)} records/s`,
      grid('requests a million records', requestsOf, true),
      grid('bytes a record', bytesOf, true),
      grid('US dollars a month for the requests of one process', dollarsOf, false)
    ),
  ]
}
