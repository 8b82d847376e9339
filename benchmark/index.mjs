// What a record costs, against what one would use without this package: `npm run bench`.
//
//   here -- starts, one after the other --> child.mjs: one figure, one side -- HTTP, UDP --> sink.mjs
//
// The sides alternate within each round, so that a slow minute of the machine meets all. Only the ratios of one run mean
// something; README.md says what each figure is.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runtimes } from '../scripts/runtimes.mjs'
import { aims } from './aims.mjs'
import { Bench } from './bench.mjs'
import { chart } from './chart.mjs'
import { GROUPS } from './groups/index.mjs'
import { describeMachine, tell, warnOfDebugBuild } from './machine.mjs'
import { JUDGED, planOf } from './plan.mjs'
import { Samples } from './samples.mjs'

const CHART = new URL('./chart.svg', import.meta.url)
const REPORT = new URL('./RESULTS.md', import.meta.url)
const REPORT_TITLE = '# What `npm run bench` printed'
const RESULTS = new URL('./results.json', import.meta.url)
/** Where a run that does not measure everything leaves the two. */
const PARTIAL = new URL('../target/benchmark/', import.meta.url)

/** Measured are the running Node, the one that is judged, and the newest Node and Bun. */
const isMeasured = ({ name }, index) => index === 0 || [JUDGED, 'Node 26', 'Bun 1.4'].includes(name)

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    runtime: { type: 'string', multiple: true },
    from: { type: 'string' },
  },
})

const results = flags.from ? JSON.parse(readFileSync(flags.from, 'utf8')) : await measureAll()
await print(results)

/** Those that were asked for by name, or all. */
function chosen(all, names, kind) {
  if (names === undefined) return all
  const known = all.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name))
  process.stderr.write(`There is no ${kind} ${unknown}; there are ${known.join(', ')}\n`)
  process.exit(2)
}

async function measureAll() {
  const groups = chosen(GROUPS, flags.only, 'group')
  const measured = chosen(runtimes().filter(isMeasured), flags.runtime, 'runtime')
  warnOfDebugBuild()
  const bench = new Bench({ runtimes: measured, plan: planOf(flags.quick) })
  const durations = {}
  const isWhole = !flags.quick && !flags.only && !flags.runtime
  const machine = describeMachine(measured)
  const { samples, problems } = bench
  const results = { machine, isWhole, durations, problems, samples }
  mkdirSync(PARTIAL, { recursive: true })
  for (const group of groups) {
    const started = performance.now()
    try {
      await group.run(bench)
    } catch (error) {
      // The other groups are worth their time.
      bench.problems.push(`${group.name}: ${error.stack}`)
    }
    durations[group.name] = Math.round((performance.now() - started) / 1_000)
    // What was measured so far outlives a run that is ended.
    writeFileSync(isWhole ? RESULTS : new URL('results.json', PARTIAL), JSON.stringify(results))
  }
  await bench.stop()
  return results
}

async function print({ machine, isWhole, durations, problems, samples: all }) {
  const samples = new Samples(all)
  const hasSamples = ({ name }) => samples.filter({ group: name }).length > 0
  const parts = GROUPS.filter(hasSamples).flatMap((group) => group.tables(samples))
  const report = [...parts, ...aims(samples), tell(machine)].join('\n\n')
  console.log(report)
  if (isWhole) writeFileSync(REPORT, `${REPORT_TITLE}\n\n${report}\n`)

  const svg = await chart(samples)
  if (svg) writeFileSync(isWhole ? CHART : new URL('chart.svg', PARTIAL), svg)

  const took = Object.entries(durations).map(([name, seconds]) => `${name} ${seconds} s`)
  process.stderr.write(`\nTook ${took.join(', ')}. `)
  process.stderr.write(problems.length ? '\n' : 'Every record that had to arrive has arrived.\n')
  for (const problem of problems) process.stderr.write(`WRONG: ${problem}\n`)
  process.exitCode = problems.length ? 1 : 0
}
