/**
 * The matrix of names: for each configuration of the system and each way in which name servers behave, whether the package
 * reaches CloudWatch, whether the C library finds its address (`getent ahosts`), and whether Node's fetch reaches it, each in
 * a network namespace of its own. Prints a table, and exits with 1 if a row is wrong: if the package does not do what the
 * row expects, or differs from the others without a reason. Linux, with util-linux, iproute2 and getent.
 *
 *   npm run matrix:dns [-- --only NAME]
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { statusLine } from '../scripts/setup.mjs'
import { COLUMNS, PLAYS, playDns } from '../testkit/dns/play.mjs'
import { ROWS } from '../testkit/dns/rows.mjs'
import { problemsOf } from '../testkit/dns/verdict.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const rows = ROWS.filter(({ name }) => name.includes(options.only))
if (rows.length === 0) throw new Error(`no row has ${options.only} in its name`)

const line = statusLine()
const began = performance.now()

// Most of the time of a row is spent waiting.
const outcomes = new Map(rows.map((row) => [row, {}]))
const isWrong = (row) => problemsOf(row, outcomes.get(row)).length > 0
async function work(waiting) {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    line.update(`${waiting.length} cells are left: ${next.row.name}`)
    const failed = (error) => ({ results: ['failed'], error: String(error), stderr: '' })
    outcomes.get(next.row)[next.column] = await playDns(next.row, next.column).catch(failed)
  }
}
let left = rows
for (let plays = 0; left.length > 0 && plays < PLAYS; plays++) {
  const waiting = left.flatMap((row) => COLUMNS.map((column) => ({ row, column })))
  const workers = plays === 0 ? 6 * availableParallelism() : 1
  await Promise.all(Array.from({ length: workers }, () => work(waiting)))
  left = left.filter(isWrong)
}
line.end(`${rows.length} rows in ${Math.round((performance.now() - began) / 1_000)} s`)

const print = (cells) => console.log(`| ${cells.join(' | ')} |`)
print(['names', ...COLUMNS, 'verdict'])
print(['---', ...COLUMNS.map(() => '---'), '---'])
for (const row of rows) {
  const played = outcomes.get(row)
  const problems = problemsOf(row, played)
  const verdict =
    problems.length > 0 ? `WRONG: ${problems.join('; ')}` : (row.why ?? 'as the C library')
  const text = verdict.replaceAll('\n', ' ').replaceAll('|', '\\|')
  print([row.name, ...COLUMNS.map((column) => played[column].results.join(', then ')), text])
}
console.log(`\n${left.length} of ${rows.length} rows are wrong`)
process.exit(left.length > 0 ? 1 : 0)
