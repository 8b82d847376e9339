// What the crate alone costs: each step of a record's way, by Criterion, and as series and windows grow, by a binary of
// `rust/` that prints JSON.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { section, show, table } from '../report.mjs'

const MANIFEST = new URL('../rust/Cargo.toml', import.meta.url)
const ROOT = new URL('../..', import.meta.url)
/** Where Criterion leaves what it has measured, a folder a case. */
const CRITERION = new URL('../../target/criterion/', import.meta.url)

export const name = 'rust'

export async function run(bench) {
  if (!existsSync(MANIFEST)) return
  process.stderr.write('rust\n')
  rmSync(CRITERION, { recursive: true, force: true })
  cargo('bench')
  const told = JSON.parse(cargo('run', '--release', '--bin', 'growth').trim().split('\n').at(-1))
  bench.samples.push({ group: 'rust', round: 1, steps: steps(), told })
}

function cargo(command, ...options) {
  const args = [command, '--quiet', '--locked', '--package', 'hkm-benchmark', ...options]
  const { status, stdout, error } = spawnSync('cargo', args, {
    cwd: ROOT,
    env: { ...process.env, CRITERION_HOME: fileURLToPath(CRITERION) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`cargo ${command}: ${error?.message ?? `ended by ${status}`}`)
  return stdout
}

/** Median nanoseconds of each case, with the 95 % confidence interval. */
function steps() {
  return readdirSync(CRITERION)
    .filter((folder) => existsSync(new URL(`${encodeURI(folder)}/new/`, CRITERION)))
    .map((folder) => {
      const read = (file) =>
        JSON.parse(readFileSync(new URL(`${encodeURI(folder)}/new/${file}`, CRITERION), 'utf8'))
      const { point_estimate, confidence_interval } = read('estimates.json').median
      const { lower_bound, upper_bound } = confidence_interval
      return {
        name: read('benchmark.json').full_id,
        nanoseconds: point_estimate,
        between: [lower_bound, upper_bound],
      }
    })
}

/** Nanoseconds of a drained record, of each case, ascending. */
export function drainsOf(samples) {
  const [sample] = samples.filter({ group: 'rust' })
  const drains = sample?.steps?.filter(({ name }) => name.startsWith('drain')) ?? []
  return drains.map(({ nanoseconds }) => nanoseconds).sort((a, b) => a - b)
}

export function tables(samples) {
  const [sample] = samples.filter({ group: 'rust' })
  if (sample === undefined) return []
  const rows = (sample.steps ?? []).map(({ name, nanoseconds, between }) => [
    name,
    show(nanoseconds),
    between.map(show).join('–'),
  ])
  const head = ['', 'ns', '95 % confidence']
  return [section('In Rust: each step', table(head, rows)), ...growth(sample.told)]
}

/** `{ "series": [{ "name": 1 }] }` as one table a key, one row an object. */
function growth(told) {
  return Object.entries(told)
    .filter(([, rows]) => Array.isArray(rows) && rows.length > 0)
    .map(([title, rows]) => {
      const columns = Object.keys(rows[0])
      const cell = (value) => (typeof value === 'number' ? show(value) : reasons(value))
      const body = rows.map((row) => columns.map((column) => cell(row[column])))
      return section(`In Rust: ${title}`, table(columns, body))
    })
}

/** `{ tooOld: 0, bufferFull: 3 }` is `bufferFull 3`. */
function reasons(dropped) {
  const counted = Object.entries(dropped).filter(([, points]) => points > 0)
  return counted.map(([reason, points]) => `${reason} ${show(points)}`).join(', ') || '–'
}
