/**
 * The matrix of copies: however a process gets several copies of the package, on each runtime, what it records through
 * any of them arrives once, and it ends as it does without the package, delayed once. A cell is `ok` when that holds for
 * each way to end, with a CloudWatch that answers and with one that hangs. Prints a table, and exits with 1 if a cell is
 * wrong.
 *
 *   npm run matrix:copies [-- --only NAME]
 *
 * `--only` plays what has NAME in its name: `one copy, process.exit(3), CloudWatch hangs` is one.
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { ARRANGEMENTS, endingsOf } from '../testkit/copies/arrangements.mjs'
import { installCopies } from '../testkit/copies/installations.mjs'
import { play, playBare } from '../testkit/endings/play.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })

// Those whose CloudWatch hangs do nothing but wait for most of their time.
const CHILDREN_AT_ONCE = 8 * availableParallelism()

await setup()
const columns = runtimes()
const bun = columns.find(({ name }) => name.startsWith('Bun'))
const { remove, ...installations } = await installCopies(bun.command)

const rows = ARRANGEMENTS.map((arrangement) => ({
  name: arrangement.name,
  endings: endingsOf(arrangement, installations).filter(({ name }) => name.includes(options.only)),
  cells: columns.map((runtime) => ({ runtime, problems: [] })),
})).filter(({ endings }) => endings.length > 0)

const plays = rows.flatMap(({ endings, cells }) =>
  cells.flatMap((cell) => endings.map((ending) => ({ cell, ending })))
)
const line = statusLine()
const began = performance.now()
/** By runtime and arguments: how it ends with metrics off, whether or not CloudWatch hangs. */
const bares = new Map()
let played = 0

function bareOf(ending, runtime) {
  const key = [runtime.name, ...ending.args].join()
  if (!bares.has(key)) bares.set(key, playBare(ending, runtime))
  return bares.get(key)
}

/** Plays an ending on a runtime, and keeps what was wrong. */
async function fill(cell, ending) {
  const { runtime } = cell
  line.update(`${played} of ${plays.length} endings; ${runtime.name}: ${ending.name}`)
  const bare = bareOf(ending, runtime)
  const wrong = await play(ending, runtime, bare).catch(({ message }) => [message])
  cell.problems.push(...wrong.map((problem) => `${ending.name}: ${problem}`))
  played++
}

try {
  if (rows.length === 0) throw new Error(`nothing has ${options.only} in its name`)
  const queue = plays.values()
  await Promise.all(
    Array.from({ length: CHILDREN_AT_ONCE }, async () => {
      for (const { cell, ending } of queue) await fill(cell, ending)
    })
  )
} finally {
  await remove()
}
const seconds = Math.round((performance.now() - began) / 1_000)
line.end(`${played} endings in ${seconds} s`)

const print = (columns) => console.log(`| ${columns.join(' | ')} |`)
print(['copies', 'endings', ...columns.map(({ name, version }) => `${name} (${version})`)])
print(['---', '---:', ...columns.map(() => '---')])
for (const { name, endings, cells } of rows) {
  const found = cells.map(({ problems }) => (problems.length > 0 ? 'WRONG' : 'ok'))
  print([name, endings.length, ...found])
}

const cells = rows.flatMap(({ cells }) => cells)
const wrong = cells.filter(({ problems }) => problems.length > 0)
for (const { runtime, problems } of wrong) {
  console.log(`\n${runtime.name}:`)
  for (const problem of problems) console.log(`  ${problem}`)
}
console.log(`\n${wrong.length} of ${cells.length} cells are wrong`)
process.exitCode = wrong.length > 0 ? 1 : 0
