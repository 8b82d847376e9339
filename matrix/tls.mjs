/**
 * The matrix of TLS: the package beside Node's own client, in the same kind of process with the same variables, for every
 * kind of authority, bundle, server certificate and handshake. A cell is right when the package does what the row says, and
 * Node does the same, or what the row says of Node with a reason. Prints a table, and exits with 1 if a cell is wrong.
 *
 *   npm run matrix:tls [-- --only NAME]
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { isPlayable, playClient, playPackage, problemsOf, stage } from '../testkit/tls/play.mjs'
import { ROWS } from '../testkit/tls/rows/index.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })

/** The oldest and the newest that the package promises to work on. They differ in OpenSSL. */
const CLIENTS = ['Node 20', 'Node 24']

const ROWS_AT_ONCE = 2 * availableParallelism()

await setup()
const clients = runtimes().filter(({ name }) => CLIENTS.includes(name))
const rows = ROWS.filter((row) => isPlayable(row) && row.name.includes(options.only))
if (rows.length === 0) throw new Error(`no row has ${options.only} in its name`)

const folder = mkdtempSync(join(tmpdir(), 'hkm-tls-'))
const line = statusLine()
const began = performance.now()
let played = 0

/** Plays a row, and returns its cells, each with what is wrong. */
async function play(row, index) {
  const scene = await stage(row, join(folder, String(index)))
  try {
    const [own, ...others] = await Promise.all([
      playPackage(scene),
      ...clients.map(({ command }) => playClient(scene, command, row.nodeArgs)),
    ])
    line.update(`${++played} of ${rows.length} rows; ${row.subject}: ${row.name}`)
    const cells = [{ arrived: own.arrived, problems: problemsOf(row, own) }]
    for (const [at, { arrived, problem }] of others.entries()) {
      const expected = expectedOf(row, clients[at].name)
      const isRight = arrived === expected
      cells.push({
        arrived,
        problems: isRight ? [] : [`${clients[at].name}: ${problem ?? 'an answer'}`],
      })
    }
    return cells
  } finally {
    await scene.close()
  }
}

/** Whether Node's own client should get an answer. */
function expectedOf({ arrives, beside }, name) {
  if (beside === undefined) return arrives
  return typeof beside.node === 'boolean' ? beside.node : beside.node[name]
}

const results = []
try {
  const queue = rows.entries()
  await Promise.all(
    Array.from({ length: ROWS_AT_ONCE }, async () => {
      for (const [index, row] of queue) {
        results[index] = await play(row, index).catch(({ message }) => [
          { arrived: false, problems: [message] },
        ])
      }
    })
  )
} finally {
  rmSync(folder, { recursive: true })
}
line.end(`${rows.length} rows in ${Math.round((performance.now() - began) / 1_000)} s`)

const print = (columns) => console.log(`| ${columns.join(' | ')} |`)
const told = ({ arrived, problems }) =>
  `${problems.length > 0 ? 'WRONG: ' : ''}${arrived ? 'arrives' : 'refused'}`
for (const subject of new Set(rows.map((row) => row.subject))) {
  console.log('')
  print([subject, 'package', ...clients.map(({ name }) => name), 'verdict'])
  print(['---', '---', ...clients.map(() => '---'), '---'])
  for (const [index, row] of rows.entries()) {
    if (row.subject !== subject) continue
    const verdict = row.beside ? `${row.beside.verdict}: ${row.beside.why}` : 'agrees'
    print([row.name, ...results[index].map(told), verdict])
  }
}

const problems = rows.flatMap((row, index) =>
  results[index].flatMap((cell) => cell.problems.map((problem) => `${row.name}: ${problem}`))
)
for (const problem of problems) console.log(`\n${problem}`)
const wrong = results.flat().filter((cell) => cell.problems.length > 0).length
console.log(`\n${wrong} of ${results.flat().length} cells are wrong`)
process.exitCode = wrong > 0 ? 1 : 0
