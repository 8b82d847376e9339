// `npm run fleet`: how thousands of processes share one account's quota, on a simulated clock. docs/fleet.md explains it.
//
//   npm run fleet                  each scenario, as before and as now
//   npm run fleet -- --compare     the ways to share a quota that were compared
//   npm run fleet -- --intervals   the flush intervals that were compared
//   npm run fleet -- --write       all of it, into docs/fleet.md and fleet/chart.svg
//
//   --only TEXT                    scenarios with this in their name
//   --strategy NAME --interval-ms N   what to play instead of the package's own
//   --seed N                       another course of chance
//   --json                         the figures as JSON, with the requests of each second
//   --chart FILE.svg               the requests a second as a chart

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chart } from '../fleet/chart.mjs'
import { BEFORE, catalog, NOW, play } from '../fleet/plays.mjs'
import { build } from '../fleet/program.mjs'
import { alone, comparison, ends, intervals, scenarios } from '../fleet/report.mjs'
import { installClients } from './clients.mjs'

const PAGE = new URL('../docs/fleet.md', import.meta.url)
const CHART = new URL('../fleet/chart.svg', import.meta.url)

/** What each strategy plays with `--compare`. */
const COMPARED = ['500 jobs', 'half of the quota', 'a quarter']
const STRATEGIES = ['stretch', 'aimd', 'cubic', 'full-jitter']

/** What `--intervals` plays. */
const FLEET = '10,000 processes'
const INTERVALS_MS = [5_000, 10_000, 15_000, 30_000, 60_000]

/** The tables of the page. */
const TABLES = ['scenarios', 'ends', 'alone', 'comparison', 'intervals']

class UsageError extends Error {}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`fleet: ${error.message}\n`)
  process.exitCode = isUsage ? 2 : 1
}

async function main(args) {
  const flags = read(args)
  if (flags.write) checkPage()
  if (flags.write || flags.chart) installClients()
  build()
  const plan = planOf(flags, await catalog())
  const played = await play(Object.values(plan).flat(), tell)
  const figures = Object.fromEntries(
    Object.entries(plan).map(([part, plays]) => [part, plays.map((each) => played.get(each))])
  )
  if (flags.json) console.log(JSON.stringify(figures))
  else console.log(Object.values(tablesOf(figures)).join('\n\n'))
  if (flags.chart) writeFileSync(flags.chart, await chart(figures.scenarios))
  if (flags.write) await write(figures)
}

function read(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      strategy: { type: 'string' },
      'interval-ms': { type: 'string' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      chart: { type: 'string' },
      compare: { type: 'boolean', default: false },
      intervals: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  })
  const { compare, intervals, write } = values
  if (compare + intervals + write > 1)
    throw new UsageError('--compare, --intervals and --write exclude each other')
  const isSet = (name) => values[name] !== undefined
  if (write) forbid('--write', ['only', 'strategy', 'interval-ms', 'chart'].filter(isSet))
  if (compare) forbid('--compare', ['only', 'strategy', 'chart'].filter(isSet))
  if (intervals) forbid('--intervals', ['only', 'strategy', 'interval-ms', 'chart'].filter(isSet))
  if (isSet('chart') && !values.chart.endsWith('.svg'))
    throw new UsageError(`--chart: "${values.chart}" does not end in .svg`)
  return {
    ...values,
    seed: wholeNumber('--seed', values.seed, 0),
    intervalMs: wholeNumber('--interval-ms', values['interval-ms'] ?? `${NOW.intervalMs}`, 1_000),
  }
}

function forbid(mode, [option]) {
  if (option) throw new UsageError(`--${option} has no effect with ${mode}`)
}

function wholeNumber(name, text, least) {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number < 2 ** 32) return number
  throw new UsageError(
    `${name}: "${text}" is not a whole number of at least ${least.toLocaleString('en-US')}`
  )
}

/** What to play for each part of the report. Plays that are equal are played once. */
function planOf(flags, { scenarios: all, alone, strategies }) {
  const { only = '', strategy = NOW.strategy, intervalMs, seed } = flags
  if (!strategies.includes(strategy))
    throw new UsageError(`--strategy: there is no "${strategy}", but ${strategies.join(', ')}`)
  const chosenOf = (some) => some.filter(({ name }) => name.includes(only))
  const chosen = chosenOf(all)
  if (chosenOf([...all, ...alone]).length === 0) {
    const names = [...all, ...alone].map(({ name }) => `  ${name}\n`).join('')
    throw new UsageError(`--only: no scenario has "${only}" in its name. There are\n${names}`)
  }
  const of = (scenario, how) => ({ scenario, ...how, seed })
  const parts = {
    scenarios: () =>
      chosen.flatMap((each) => [of(each, BEFORE), of(each, { strategy, intervalMs })]),
    alone: () => chosenOf(alone).map((each) => of(each, { strategy: NOW.strategy, intervalMs })),
    comparison: () =>
      all
        .filter(({ name }) => COMPARED.some((text) => name.includes(text)))
        .flatMap((each) => STRATEGIES.map((strategy) => of(each, { strategy, intervalMs }))),
    intervals: () => {
      const fleet = all.find(({ name }) => name === FLEET)
      const ways = INTERVALS_MS.map((intervalMs) => ({ strategy: NOW.strategy, intervalMs }))
      return [...ways, { strategy: 'minutely', intervalMs: 60_000 }].map((way) => of(fleet, way))
    },
  }
  const names = flags.write
    ? Object.keys(parts)
    : flags.compare
      ? ['comparison']
      : flags.intervals
        ? ['intervals']
        : ['scenarios', 'alone']
  return Object.fromEntries(names.map((name) => [name, parts[name]()]))
}

/** The tables of the parts that were played, by the names of their places in the page. */
function tablesOf(figures) {
  const tables = {}
  if (figures.scenarios?.length) {
    tables.scenarios = scenarios(figures.scenarios)
    const ending = ends(figures.scenarios)
    if (ending) tables.ends = ending
  }
  if (figures.alone?.length) tables.alone = alone(figures.alone)
  if (figures.comparison) tables.comparison = comparison(figures.comparison)
  if (figures.intervals) tables.intervals = intervals(figures.intervals)
  return tables
}

async function write(figures) {
  const tables = Object.entries(tablesOf(figures))
  const page = tables.reduce(
    (page, [name, table]) =>
      page.replace(placeOf(name), (_, begin, end) => `${begin}\n${table}\n\n${end}`),
    readFileSync(PAGE, 'utf8')
  )
  writeFileSync(PAGE, page)
  writeFileSync(CHART, await chart(figures.scenarios))
}

/** Where a table stands in the page. */
function placeOf(name) {
  return new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, 's')
}

/** Asked before all is played, which takes minutes. */
function checkPage() {
  const page = readFileSync(PAGE, 'utf8')
  const missing = TABLES.find((name) => !placeOf(name).test(page))
  if (missing) throw new Error(`docs/fleet.md has no place for the table "${missing}"`)
}

function tell({ scenario, strategy, intervalMs }, seconds) {
  process.stderr.write(
    `${scenario.name}, ${strategy}, ${intervalMs} ms: ${Math.round(seconds)} s\n`
  )
}
