// Past the maximum of series, a thread knows by itself which labels are folded, and never folds those of a series.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const MAX_SERIES = 66

const run = (statements) =>
  evaluate(
    statements,
    environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_MAX_SERIES: String(MAX_SERIES) })
  )

const isOverflow = ({ dimensions }) => dimensions.some(({ Value }) => Value === '_overflow')

/** Adds up how often each value was applied. */
function countsByValue(datums) {
  const found = {}
  for (const { values, counts } of datums) {
    values.forEach((value, index) => {
      found[value] = (found[value] ?? 0) + counts[index]
    })
  }
  return found
}

/**
 * Defines a metric, and functions that make its labels anew, so that no string is the same object. Labels of a series have
 * its index as the value, and all others have `FOLDED`.
 */
const LABELS = `
  const FOLDED = 1_000
  const SETS = ${MAX_SERIES}
  const ODD = ['', ' ', ' a', 'a ', 'é', '検索', '~', 'a~0123456789abcdef', 'x'.repeat(300), 'x'.repeat(5_000), '\\n']
  const copyOf = (text) => (typeof text === 'string' ? [...text].join('') : text)
  const random = (count) => Math.floor(Math.random() * count)
  const secret = () => 'AKIA' + Array.from({ length: 16 }, () => 'ABCDEFGHIJ234567'[random(16)]).join('')
  function knownSet(index) {
    const kind = index % 6
    const key = kind === 1 ? secret() : 'KEY_' + index
    const tool = kind === 2 ? ODD[Math.floor(index / 6) % ODD.length] : kind === 3 ? index : kind === 4 ? undefined : 'tool'
    return { provider: 'p' + index, tool: copyOf(tool), key }
  }
  function foldedSet() {
    const sets = [
      () => ({ provider: 'q' + random(9), tool: 'tool', key: 'KEY_' + random(SETS) }),
      () => ({ provider: 'q', tool: copyOf(ODD[random(ODD.length)]), key: 'KEY_1' }),
      () => ({ provider: 'q', tool: random(99), key: secret() }),
      () => ({ provider: 'p' + random(SETS), tool: 'other', key: copyOf('KEY_' + random(99)) }),
      () => ({ provider: 'p1p', tool: undefined, key: undefined }),
      () => ({ provider: undefined, tool: 'p' + random(SETS), key: null }),
    ]
    return sets[random(sets.length)]()
  }
  function recordAny(counter, times) {
    for (let time = 0; time < times; time++) {
      const index = random(2 * SETS)
      if (index < SETS) counter.add(index, knownSet(index))
      else counter.add(FOLDED, foldedSet())
    }
  }
  const define = ({ counter, defineMetrics }) =>
    defineMetrics({
      namespace: 'Test/Overflow',
      metrics: { calls: counter({ dimensions: { provider: {}, tool: {}, key: { redact: true } } }) },
    }).calls
`

test('labels of a series are never folded, and all others are, in each thread', async () => {
  const { stats } = await run(`${LABELS}
    const { once } = await import('node:events')
    const { Worker } = await import('node:worker_threads')
    const calls = define(hkm)
    for (let index = 0; index < SETS; index++) calls.add(index, knownSet(index))
    recordAny(calls, 5_000)
    const file = process.argv[1].replace(/testkit.*/, 'index.js')
    const code = \`
      const calls = require(\${JSON.stringify(file)})
      ${LABELS.replaceAll('\\', '\\\\')}
      recordAny(define(calls), 5_000)
    \`
    await once(new Worker(code, { eval: true }), 'exit')`)
  const all = 10_000 + MAX_SERIES
  assert.equal(stats.applied, all)
  assert.equal(stats.series, MAX_SERIES + 1)
  const datums = cloudwatch.applied()
  const folded = countsByValue(datums.filter(isOverflow))
  assert.deepEqual(Object.keys(folded), ['1000'])
  assert.equal(stats.overflowedSeries, folded[1_000])
  const known = countsByValue(datums.filter((datum) => !isOverflow(datum)))
  assert.equal(known[1_000], undefined, 'no series has a record of other labels')
  assert.equal(Object.keys(known).length, MAX_SERIES)
  for (const { values } of datums) assert.equal(new Set(values).size, 1)
})

test('most labels that are folded cost no native call', async () => {
  const { result, stats } = await run(`${LABELS}
    const { createRequire } = await import('node:module')
    const binding = createRequire(process.argv[1])('../../binding.js')
    const { resolve } = binding
    let calls = 0
    binding.resolve = (...args) => {
      calls++
      return resolve(...args)
    }
    const counter = define(hkm)
    for (let index = 0; index <= SETS; index++) counter.add(1, { provider: 'p' + index, tool: 't', key: 'K' })
    calls = 0
    for (let index = 0; index < 8_000; index++) counter.add(1, { provider: 'q' + index, tool: 't', key: 'K' })
    return calls`)
  assert.equal(stats.overflowedSeries, 8_001)
  assert.ok(result < 1_000, `${result} calls`)
})

for (const answer of ['undefined', 'null', '{}']) {
  test(`if the native side answers ${answer} in place of the filter, it folds all labels itself`, async () => {
    const { stats } = await run(`${LABELS}
      const { createRequire } = await import('node:module')
      createRequire(process.argv[1])('../../binding.js').filter = () => (${answer})
      const calls = define(hkm)
      for (let index = 0; index < SETS; index++) calls.add(index, knownSet(index))
      recordAny(calls, 2_000)`)
    const folded = countsByValue(cloudwatch.applied().filter(isOverflow))
    assert.deepEqual(folded, { 1000: stats.overflowedSeries })
    assert.equal(stats.applied, 2_000 + MAX_SERIES)
  })
}

test('a secret that was in labels which are folded is not taken for a name later', async () => {
  const { stats } = await run(`${LABELS}
    const counter = define(hkm)
    for (let index = 1; index < SETS; index++) counter.add(1, { provider: 'p' + index, tool: 't', key: 'K' })
    counter.add(1, { provider: 'p', tool: 't', key: secret() })
    const key = secret()
    for (const provider of ['q', 'p', 'r', 'p']) counter.add(1, { provider, tool: 't', key })`)
  assert.deepEqual([stats.series, stats.overflowedSeries, stats.sanitized], [MAX_SERIES + 1, 2, 5])
  const redacted = cloudwatch
    .applied()
    .filter(({ dimensions }) => dimensions.some(({ Value }) => Value === '[redacted]'))
  assert.deepEqual(countsByValue(redacted), { 1: 3 })
})

test('labels that are folded keep the roll-ups that there are', async () => {
  await run(`
    const { counter, defineMetrics } = hkm
    const { calls } = defineMetrics({
      namespace: 'Test/Overflow',
      metrics: { calls: counter({ dimensions: ['region', 'tool'], rollups: [['region']] }) },
    })
    for (let index = 0; index < 3_000; index++) {
      calls.add(1, { region: 'r' + (index % 3), tool: 't' + index })
    }`)
  for (const region of ['r0', 'r1', 'r2']) {
    const isOfRegion = ({ dimensions }) =>
      dimensions.length === 2 && dimensions.some(({ Value }) => Value === region)
    assert.deepEqual(countsByValue(cloudwatch.applied().filter(isOfRegion)), { 1: 1_000 })
  }
})
