/**
 * The host matrix: in each host, the package as npm packs it loads, records, flushes, and lets the host end as it does
 * without it. Prints a table, and exits with 1 if a cell is wrong.
 *
 *   npm run matrix:hosts [-- --group GROUP]... [--only NAME]
 *
 * `--group` plays the hosts of a group, and may be repeated; `--only` plays those whose name contains NAME. Nothing is skipped
 * and nothing assumed: each cell was run.
 *
 * @typedef {{ name: string, version: string, command: string, args?: string[], env?: Record<string, string>
 *   }} Runtime
 * @typedef {(given: { runtime: Runtime, cloudwatch: import('@sim/local-cloudwatch').LocalCloudWatch,
 *   tarballs: string[] }) => AsyncGenerator<string>} Host gives the name of each column once that has been seen, and
 *   throws what is wrong. `tarballs` are the files that `npm pack` made: the platform, the local CloudWatch, the package
 * @typedef {object} Row
 * @property {string} name
 * @property {Runtime} runtime the one that is played; its version stands in the table
 * @property {Host} host what plays it
 * @property {string | string[]} [folder] installed before, with the tarballs in it; relative to the repository
 * @property {() => void} [prepare] called once before the rows that name it, after the installation
 * @typedef {(given: { all: Runtime[], node24: Runtime, bun: Runtime }) => Row[]} Group
 */

import { parseArgs } from 'node:util'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { pack } from '../scripts/pack.mjs'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { ofBundlers } from './hosts/groups/bundlers.mjs'
import { ofFrozen } from './hosts/groups/frozen.mjs'
import { ofNeighbours } from './hosts/groups/neighbours.mjs'
import { ofNext } from './hosts/groups/next.mjs'
import { ofPackageManagers } from './hosts/groups/package-managers.mjs'
import { ofProcessManagers } from './hosts/groups/process-managers.mjs'
import { ofRuntimes } from './hosts/groups/runtimes.mjs'
import { ofServices } from './hosts/groups/services.mjs'
import { ofTestRunners } from './hosts/groups/test-runners.mjs'
import { install } from './hosts/install.mjs'

const GROUPS = {
  runtimes: ofRuntimes,
  'test-runners': ofTestRunners,
  services: ofServices,
  next: ofNext,
  bundlers: ofBundlers,
  'package-managers': ofPackageManagers,
  'process-managers': ofProcessManagers,
  neighbours: ofNeighbours,
  frozen: ofFrozen,
}
const COLUMNS = ['loads', 'records', 'flushes', 'ends clean']

/** No host needs a fifth of it. */
const HUNG_AFTER_MS = 120_000

const { values: options } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: Object.keys(GROUPS) },
    only: { type: 'string', default: '' },
  },
})
for (const name of options.group) {
  if (GROUPS[name] === undefined) {
    console.error(`--group is one of ${Object.keys(GROUPS).join(', ')}, not ${name}`)
    process.exit(1)
  }
}

await setup()
const [own, ...pinned] = runtimes()
const all = [own, ...pinned]
const node24 = all.find(({ name }) => name === 'Node 24')
const bun = all.find(({ name }) => name === 'Bun 1.3')

const rows = options.group
  .flatMap((name) => GROUPS[name]({ all, node24, bun }))
  .filter(({ name, runtime }) => `${name}, ${runtime.name}`.includes(options.only))
if (rows.length === 0) throw new Error(`no host has ${options.only} in its name`)

const line = statusLine()
const began = performance.now()

const tarballs = pack().map(({ file }) => file)
for (const folder of new Set(rows.flatMap(({ folder }) => folder ?? []))) {
  line.update(`installing ${folder}`)
  install(new URL(`../${folder}`, import.meta.url), tarballs)
}
for (const prepare of new Set(rows.flatMap(({ prepare }) => prepare ?? []))) {
  line.update('building')
  prepare()
}

/** Plays a host, and keeps the columns that were seen, and what was wrong with the next one. */
async function play(row) {
  const cloudwatch = await startLocalCloudWatch()
  const started = performance.now()
  row.seen = []
  let timer
  const hung = new Promise((_, reject) => {
    timer = setTimeout(reject, HUNG_AFTER_MS, new Error(`nothing came for ${HUNG_AFTER_MS} ms`))
  })
  const columns = row.host({ runtime: row.runtime, cloudwatch, tarballs })
  try {
    for (;;) {
      const { value, done } = await Promise.race([columns.next(), hung])
      if (done) break
      row.seen.push(value)
    }
  } catch (error) {
    row.problem = error
  } finally {
    clearTimeout(timer)
    await cloudwatch.close()
  }
  row.seconds = (performance.now() - started) / 1_000
}

for (const row of rows) {
  line.update(`${row.name}, ${row.runtime.name}`)
  await play(row)
}
line.end(`${rows.length} hosts in ${Math.round((performance.now() - began) / 1_000)} s`)

const print = (cells) => console.log(`| ${cells.join(' | ')} |`)
print(['host', 'runtime', ...COLUMNS, 'seconds'])
print(['---', '---', ...COLUMNS.map(() => '---'), '---:'])
for (const { name, runtime, seen, seconds } of rows) {
  const cells = COLUMNS.map((column, index) => {
    if (seen[index] === column) return 'ok'
    return index === seen.length ? 'WRONG' : 'not reached'
  })
  print([name, `${runtime.name} (${runtime.version})`, ...cells, seconds.toFixed(1)])
}

const wrong = rows.filter(({ seen }) => seen.join() !== COLUMNS.join())
for (const { name, runtime, seen, problem } of wrong) {
  console.log(`\n${name}, ${runtime.name}: ${COLUMNS[seen.length]}`)
  console.log(String(problem?.stack ?? problem ?? `gave ${seen.join(', ')}`))
}
console.log(`\n${wrong.length} of ${rows.length} hosts are wrong`)
process.exit(wrong.length > 0 ? 1 : 0)
