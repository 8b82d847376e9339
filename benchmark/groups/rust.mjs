// What the crate alone costs as series and windows grow: a binary of `rust/` measures it and prints it as JSON.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { section, show, table } from '../report.mjs'

const MANIFEST = new URL('../rust/Cargo.toml', import.meta.url)
const ROOT = new URL('../..', import.meta.url)

export const name = 'rust'

export async function run(bench) {
  if (!existsSync(MANIFEST)) return
  process.stderr.write('rust\n')
  const manifest = fileURLToPath(MANIFEST)
  const options = ['--release', '--quiet', '--manifest-path', manifest, '--bin', 'growth']
  const { status, stdout, error } = spawnSync('cargo', ['run', ...options], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) bench.problems.push(`rust: ${error?.message ?? `ended by ${status}`}`)
  else
    bench.samples.push({
      group: 'rust',
      round: 1,
      told: JSON.parse(stdout.trim().split('\n').at(-1)),
    })
}

/** `{ "series": [{ "name": 1 }] }` as one table a key, one row an object. */
export function tables(samples) {
  const [sample] = samples.filter({ group: 'rust' })
  if (sample === undefined) return []
  return Object.entries(sample.told)
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
