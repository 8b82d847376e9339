// `npm run fleet`, by its command: the figures of the smallest fleet, and what it says to arguments that it cannot use.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../scripts/fleet.mjs', import.meta.url))
/** The first run compiles the simulation. */
const TIMEOUT = 600_000

function fleet(...args) {
  const options = { encoding: 'utf8', timeout: TIMEOUT, maxBuffer: 2 ** 24 }
  return spawnSync(process.execPath, [SCRIPT, ...args], options)
}

function figuresOf(...args) {
  const { status, stdout, stderr } = fleet('--json', ...args)
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

test('a small fleet loses nothing, and sends a sixth of the requests', { timeout: TIMEOUT }, () => {
  const [before, now] = figuresOf('--only', '1,000').scenarios
  for (const { recorded, arrived, lost, copies, refused } of [before, now]) {
    assert.ok(recorded > 100_000, `${recorded} records`)
    assert.deepEqual(
      { arrived, lost, copies, refused },
      { arrived: recorded, lost: 0, copies: 0, refused: 0 }
    )
  }
  assert.deepEqual([before.strategy, before.intervalMs], ['full-jitter', 5_000])
  assert.deepEqual([now.strategy, now.intervalMs], ['stretch', 30_000])
  assert.ok(
    Math.abs(before.mean - 200) < 10,
    `1,000 processes, once in 5 s: ${before.mean} a second`
  )
  assert.ok(Math.abs(now.mean - 33) < 3, `1,000 processes, once in 30 s: ${now.mean} a second`)
  assert.ok(now.ageP50 < now.ageP99 && now.ageP99 <= 45, `${now.ageP99} s`)
})

test('the same seed gives the same figures, and another one does not', { timeout: TIMEOUT }, () => {
  const [one, same, another] = ['5', '5', '6'].map((seed) =>
    figuresOf('--only', '1,000', '--seed', seed)
  )
  assert.deepEqual(one, same)
  assert.notDeepEqual(one, another)
})

test('--strategy and --interval-ms are played instead of the own ones', {
  timeout: TIMEOUT,
}, () => {
  const way = ['--strategy', 'aimd', '--interval-ms', '10000']
  const [, now] = figuresOf('--only', '1,000', ...way).scenarios
  assert.deepEqual([now.strategy, now.intervalMs], ['aimd', 10_000])
  assert.ok(Math.abs(now.mean - 100) < 5, `1,000 processes, once in 10 s: ${now.mean} a second`)
})

test('--chart draws the requests of each second', { timeout: TIMEOUT }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'chart.svg')
  const { status, stdout, stderr } = fleet('--only', '1,000', '--chart', file)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /\| 1,000 processes \| 0 \| 0 \|/)
  assert.match(readFileSync(file, 'utf8'), /^<svg.*1,000 processes.*<\/svg>\n$/s)
})

for (const [args, message] of [
  [['--seed', 'x'], '--seed: "x" is not a whole number of at least 0'],
  [['--interval-ms', '0'], '--interval-ms: "0" is not a whole number of at least 1,000'],
  [['--strategy', 'hope'], '--strategy: there is no "hope", but stretch, full-jitter, aimd'],
  [['--only', 'nobody'], '--only: no scenario has "nobody" in its name'],
  [['--chart', 'a.png'], '--chart: "a.png" does not end in .svg'],
  [['--write', '--only', '1,000'], '--only has no effect with --write'],
  [['--compare', '--strategy', 'aimd'], '--strategy has no effect with --compare'],
  [['--compare', '--intervals'], '--compare, --intervals and --write exclude each other'],
  [['--fast'], "Unknown option '--fast'"],
  [['more'], "Unexpected argument 'more'"],
]) {
  test(`${args.join(' ')} is named as what is wrong`, { timeout: TIMEOUT }, () => {
    const { status, stdout, stderr } = fleet(...args)
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.ok(stderr.startsWith(`fleet: ${message}`), stderr)
  })
}
