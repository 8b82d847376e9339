/**
 * The matrix of proxies: for each set of variables, whether a request to a URL goes through the proxy, directly or nowhere, with
 * the package, curl and Node's fetch. A row is `agrees` if all three do the same, and else says what the others do and why. Prints
 * a table, and exits with 1 if a row is wrong: a client does something else than the row says, or the package sends nothing
 * without having tried and told the reason.
 *
 *   npm run matrix:proxies [-- --only TEXT]
 *
 * Linux alone, with curl: it runs in network namespaces that have only loopback.
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ensureCommand } from '../scripts/debian.mjs'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup } from '../scripts/setup.mjs'
import { runIsolated } from '../testkit/namespaces/isolation.mjs'
import { ROWS } from '../testkit/proxies/rows.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })

await setup()
ensureCommand('curl')
const node = runtimes().find(({ name }) => name === 'Node 24')
const rows = ROWS.filter((row) => textOf(row).includes(options.only))
if (rows.length === 0) throw new Error(`no row has ${options.only} in it`)

const began = performance.now()
const shares = Array.from({ length: 2 * availableParallelism() }, (_, share) =>
  rows.filter((_, index) => index % (2 * availableParallelism()) === share)
)
const played = await Promise.all(
  shares.map(async (share) => {
    const module = new URL('../testkit/proxies/play.mjs', import.meta.url)
    const verdicts = await runIsolated(module, { input: { rows: share, node: node.command } })
    return share.map((row, index) => [row, verdicts[index]])
  })
)
const verdicts = new Map(played.flat())

const print = (columns) => console.log(`| ${columns.join(' | ')} |`)
print(['variables', 'URL', 'package', 'curl', `Node (${node.version})`, ''])
print(['---', '---', '---', '---', '---', '---'])
let wrong = 0
for (const row of rows) {
  const { went, stats } = verdicts.get(row)
  const problem = problemOf(row, went, stats)
  if (problem) wrong++
  const verdict = problem ? `WRONG: ${problem}` : (row.differs?.why ?? 'agrees')
  print([`\`${textOf(row)}\``, row.url, ...went, verdict])
}
const seconds = Math.round((performance.now() - began) / 1_000)
console.log(`\n${wrong} of ${rows.length} rows are wrong; ${seconds} s`)
process.exitCode = wrong > 0 ? 1 : 0

function problemOf({ expected, message, differs }, [own, curl, fetched], stats) {
  if (own !== expected) return `expected ${expected}`
  for (const [name, found] of Object.entries({ curl, node: fetched })) {
    if (found !== (differs?.[name] ?? expected)) return `${name} does something else`
    if (differs?.[name] === expected) return `${name} does not differ`
  }
  // A package that is off goes nowhere either. One that went somewhere was on.
  if (stats && stats.state !== 'on') return `the package is ${stats.state}`
  const told = stats?.lastError?.message
  if (stats && !message?.test(told)) return `it told ${told}`
  if (differs && !differs.curl && !differs.node) return 'a reason without a difference'
  return undefined
}

function textOf({ env }) {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
