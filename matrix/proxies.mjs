/**
 * The matrix of proxies: for each set of variables, whether a request to a URL goes through the proxy, directly or nowhere, with
 * the package, curl and Node's fetch. A row is `agrees` if all three do the same, and else has the reason. Prints a table, and
 * exits with 1 if a row is wrong: the package does something else than expected, or the reason is missing or out of date.
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
  const [own, curl, fetched] = verdicts.get(row)
  const isAgreed = own === curl && own === fetched
  const problem = problemOf(row, own, isAgreed)
  if (problem) wrong++
  const verdict = problem ? `WRONG: ${problem}` : (row.why ?? 'agrees')
  print([`\`${textOf(row)}\``, row.url, own, curl, fetched, verdict])
}
const seconds = Math.round((performance.now() - began) / 1_000)
console.log(`\n${wrong} of ${rows.length} rows are wrong; ${seconds} s`)
process.exitCode = wrong > 0 ? 1 : 0

function problemOf({ expected, why }, own, isAgreed) {
  if (own !== expected) return `expected ${expected}`
  if (isAgreed && why) return 'there is no difference any more'
  if (!isAgreed && !why) return 'a difference without a reason'
  return undefined
}

function textOf({ env }) {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
