/**
 * The host matrix: in each host, the package as npm packs it loads, records, flushes, and lets the host end as it does
 * without it. Prints a table, and exits with 1 if a cell is wrong.
 *
 *   npm run matrix:hosts [-- --only NAME]
 *
 * `--only` plays those hosts whose name holds NAME. Nothing is skipped and nothing assumed: each cell was run.
 *
 * @typedef {{ name: string, version: string, command: string, args?: string[], env?: Record<string, string>
 *   }} Runtime
 * @typedef {(given: { runtime: Runtime, cloudwatch: import('@sim/local-cloudwatch').LocalCloudWatch }) =>
 *   AsyncGenerator<string>} Host gives the name of each column once that has been seen, and throws what is wrong
 */

import { parseArgs } from 'node:util'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { pack } from '../scripts/pack.mjs'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { deno } from './hosts/deno.mjs'
import { install } from './hosts/install.mjs'
import { jobWorker } from './hosts/job-worker.mjs'
import { build, nextApp } from './hosts/next-app.mjs'
import { script } from './hosts/script.mjs'
import { shop } from './hosts/shop.mjs'
import { testRunner } from './hosts/test-runners.mjs'
import { vitest } from './hosts/vitest.mjs'
import { workers } from './hosts/workers.mjs'

const COLUMNS = ['loads', 'records', 'flushes', 'ends clean']

/** No host needs a fifth of it. */
const HUNG_AFTER_MS = 120_000

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })

await setup()
const [own, ...pinned] = runtimes()
const node24 = pinned.find(({ name }) => name === 'Node 24')
const bun = pinned.find(({ name }) => name === 'Bun 1.3')
const all = [own, ...pinned]

const rows = [
  ...all.map((runtime) => ({ name: 'script', runtime, host: script, folder: 'matrix/fixtures/' })),
  { name: 'script', runtime: deno, host: script, folder: 'matrix/fixtures/' },
  ...all.map((runtime) => ({
    name: 'worker threads',
    runtime,
    host: workers,
    folder: 'matrix/fixtures/',
  })),
  { name: 'vitest, threads', runtime: node24, host: vitest, folder: 'examples/vitest/' },
  ...[
    ['vitest', [node24]],
    ['jest', [node24]],
    ['node:test', all.filter(({ name }) => name.startsWith('Node'))],
    ['bun test', [bun]],
  ].flatMap(([name, runtimes]) =>
    runtimes.map((runtime) => ({
      name: `captured in ${name}`,
      runtime,
      host: testRunner(name),
      folder: 'examples/testing/',
    }))
  ),
  ...[node24, bun].map((runtime) => ({
    name: 'Next.js, standalone',
    runtime,
    host: nextApp,
    folder: 'examples/next-app/',
    prepare: build,
  })),
  ...all.map((runtime) => ({
    name: 'job worker',
    runtime,
    host: jobWorker,
    folder: 'examples/job-worker/',
  })),
  ...all.map((runtime) => ({
    name: 'shop service',
    runtime,
    host: shop,
    folder: 'examples/shop/',
  })),
].filter(({ name, runtime }) => `${name}, ${runtime.name}`.includes(options.only))
if (rows.length === 0) throw new Error(`no host has ${options.only} in its name`)

const line = statusLine()
const began = performance.now()

const tarballs = pack().map(({ file }) => file)
for (const folder of new Set(rows.map(({ folder }) => folder))) {
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
  const columns = row.host({ runtime: row.runtime, cloudwatch })
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
