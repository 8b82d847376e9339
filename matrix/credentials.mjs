/**
 * The credential matrix: each way to be given credentials, on each runtime. A cell is a process that records and
 * flushes against services on loopback; it is `ok` when metrics are on or off as they should be, every record arrived
 * once, signed by the key that was expected, and no service was asked but the one that had to be, as often as it had
 * to be. Prints a table, and exits with 1 if a cell is wrong.
 *
 *   npm run matrix:credentials [-- --only NAME] [--json FILE]
 *
 * `--only` plays the set-ups whose name contains NAME. `--json` also writes each cell to FILE, on a
 * line of its own, for `npm run matrix:platforms`.
 *
 * Linux alone: some set-ups take a network namespace.
 */

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { areOthers, runtimes } from '../scripts/runtimes.mjs'
import { setup as prepare, statusLine } from '../scripts/setup.mjs'
import { problemsOf } from '../testkit/credentials/run.mjs'
import { SETUPS } from '../testkit/credentials/setups.mjs'

const { values: options } = parseArgs({
  options: { only: { type: 'string', default: '' }, json: { type: 'string' } },
})

await prepare({ addon: !areOthers })
const columns = runtimes()
const setups = SETUPS.filter(({ name }) => name.includes(options.only))
if (setups.length === 0) throw new Error(`no set-up has ${options.only} in its name`)

const rows = setups.map((setup) => ({ setup, cells: columns.map((runtime) => ({ runtime })) }))
const cells = rows.flatMap(({ setup, cells }) => cells.map((cell) => ({ setup, cell })))
const line = statusLine()
const began = performance.now()
let filled = 0

const queue = cells.values()
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (const { setup, cell } of queue) {
      line.update(`${filled} of ${cells.length} cells; ${cell.runtime.name}: ${setup.name}`)
      cell.problems = await problemsOf(setup, cell.runtime.command).catch(({ message }) => [
        message,
      ])
      filled++
    }
  })
)
const seconds = Math.round((performance.now() - began) / 1_000)
line.end(`${cells.length} cells in ${seconds} s`)

const print = (columns) => console.log(`| ${columns.join(' | ')} |`)
print([
  'credentials',
  'source',
  'signed by',
  ...columns.map(({ name, version }) => `${name} (${version})`),
])
print(['---', '---', '---', ...columns.map(() => '---')])
for (const { setup, cells } of rows) {
  const { name, source = 'off', signer, problem } = setup
  const found = cells.map(({ problems }) => (problems.length > 0 ? 'WRONG' : 'ok'))
  print([name, source, signer ?? (problem ? 'nobody, and says why' : ''), ...found])
}

const wrong = cells.filter(({ cell }) => cell.problems.length > 0)
for (const { setup, cell } of wrong) {
  console.log(`\n${cell.runtime.name}, ${setup.name}:`)
  for (const problem of cell.problems) console.log(`  ${problem}`)
}
console.log(`\n${wrong.length} of ${cells.length} cells are wrong`)
if (options.json) {
  const lines = cells.map(({ setup: { name }, cell: { runtime, problems } }) => ({
    name,
    runtime: runtime.name,
    problems,
  }))
  writeFileSync(options.json, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
process.exitCode = wrong.length > 0 ? 1 : 0
