/**
 * The matrix of endings. However a process ends, on each runtime, it ends as it does without the package, and each of its
 * records arrives exactly once or is reported as lost. Prints a table, and exits with 1 if a cell is wrong.
 *
 *   npm run matrix:endings [-- --repeat N] [--only NAME] [--json FILE] [--again]
 *
 * `--repeat` sets how often the endings that depend on a race are played (default: 3). `--only` plays the endings whose name
 * contains NAME. `--json` also writes each cell that was played to FILE, on a line of its own, for
 * `npm run matrix:platforms`. `--again` plays a cell that was wrong once more, with nothing beside it: under an emulator, what
 * takes place at the same time takes too long.
 */

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { areOthers, runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { ENDINGS, isDefinedOn, lossOn } from '../testkit/endings/endings.mjs'
import { play, playBare } from '../testkit/endings/play.mjs'

const { values: options } = parseArgs({
  options: {
    repeat: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    again: { type: 'boolean', default: false },
  },
})
const times = Number(options.repeat)
if (!Number.isInteger(times) || times < 1) throw new Error('--repeat needs a whole number above 0')

// Children wait for most of their time. Those that can deliver nothing wait for nearly all of it.
const CHILDREN_AT_ONCE = availableParallelism() + 1
const IDLE_CHILDREN_AT_ONCE = 2 * availableParallelism()

await setup({ addon: !areOthers })
const columns = runtimes()
const endings = ENDINGS.filter(({ name }) => name.includes(options.only))
if (endings.length === 0) throw new Error(`no ending has ${options.only} in its name`)

const rows = endings.map((ending) => ({ ending, cells: columns.map((runtime) => ({ runtime })) }))
const cells = rows.flatMap(({ ending, cells }) => cells.map((cell) => ({ ending, cell })))
const line = statusLine()
const began = performance.now()
let filled = 0
let played = 0

/** Plays an ending on a runtime, and stores each problem with the number of times it occurred. */
async function fill(ending, cell) {
  const problems = new Map()
  const plays = !isDefinedOn(ending, cell.runtime) ? 0 : ending.isRacy ? times : 1
  const bare = plays > 0 ? playBare(ending, cell.runtime) : undefined
  // It may fail before the plays ask for it, and is their problem then.
  bare?.catch(() => {})
  for (let index = 0; index < plays; index++) {
    line.update(`${filled} of ${cells.length} cells; ${cell.runtime.name}: ${ending.name}`)
    const wrong = await play(ending, cell.runtime, bare).catch((error) => [error.message])
    for (const problem of wrong) problems.set(problem, (problems.get(problem) ?? 0) + 1)
  }
  cell.problems = [...problems].map(([problem, count]) => `${count} of ${plays}: ${problem}`)
  cell.known = ending.known?.[cell.runtime.name]
  cell.isWrong = plays > 0 && (cell.known !== undefined) !== problems.size > 0
  cell.text = textOf(ending, cell, plays)
  cell.isPlayed = plays > 0
  played += plays
  filled++
}

function textOf(ending, { runtime, isWrong, known, problems }, plays) {
  if (plays === 0) return '–'
  if (isWrong) return problems.length > 0 ? 'WRONG' : 'WRONG: known, but does not occur'
  if (known) return known
  const reason = lossOn(ending, runtime)
  if (reason) return `lost: ${reason}`
  return ending.isLost ? 'ok, lost' : 'ok'
}

/** Fills cells, `count` at a time. */
function fillAll(cells, count) {
  const queue = cells.values()
  return Promise.all(
    Array.from({ length: count }, async () => {
      for (const { ending, cell } of queue) await fill(ending, cell)
    })
  )
}

const isIdle = ({ ending }) => ending.isLost
await Promise.all([
  fillAll(
    cells.filter((cell) => !isIdle(cell)),
    CHILDREN_AT_ONCE
  ),
  fillAll(cells.filter(isIdle), IDLE_CHILDREN_AT_ONCE),
])
if (options.again) {
  const again = cells.filter(({ cell }) => cell.isWrong)
  filled -= again.length
  for (const { ending, cell } of again) {
    cell.first = cell.problems
    await fill(ending, cell)
  }
}
const seconds = Math.round((performance.now() - began) / 1_000)
line.end(`${played} endings in ${seconds} s`)

const print = (columns) => console.log(`| ${columns.join(' | ')} |`)
print(['ending', ...columns.map(({ name, version }) => `${name} (${version})`)])
print(['---', ...columns.map(() => '---')])
for (const { ending, cells } of rows) print([ending.name, ...cells.map(({ text }) => text)])

const wrong = cells.filter(({ cell }) => cell.isWrong)
for (const { ending, cell } of wrong) {
  console.log(`\n${cell.runtime.name}, ${ending.name}:`)
  for (const problem of cell.problems) console.log(`  ${problem}`)
}
console.log(`\n${wrong.length} of ${cells.length} cells are wrong`)
if (options.json) {
  const lines = cells
    .filter(({ cell }) => cell.isPlayed)
    .map(({ ending, cell: { runtime, isWrong, first, problems, text } }) => ({
      name: ending.name,
      runtime: runtime.name,
      // Without a problem, the text alone says what is wrong.
      problems: isWrong ? [text, ...problems] : [],
      first,
    }))
  writeFileSync(options.json, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
process.exitCode = wrong.length > 0 ? 1 : 0
