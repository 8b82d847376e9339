// What `hostedKeyMetrics` records with its recommended roll-ups: the table of recorders in the README, and the number of
// series and what they cost a month in `docs/own-metrics.md`.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

/** US dollars a month for each of the first 10,000 metrics in us-east-1. */
const PRICE = 0.3

/** US dollars for a request. */
const PRICE_OF_REQUEST = 0.01 / 1_000
const MONTH_MS = 30 * 24 * 60 * 60 * 1_000
/** The option `flushIntervalMs`. */
const FLUSH_INTERVAL_MS = 30_000
const DATUMS_A_REQUEST = 1_000

/** Records everything that can happen to 100 providers with one tool each, and two keys for each tool. */
const EVERYTHING = `
  const providers = Array.from({ length: 100 }, (_, index) => 'provider ' + index)
  for (const provider of providers) {
    const tool = 'tool of ' + provider
    for (const key of ['KEY_1', 'KEY_2']) {
      m.recordUsed({ provider, tool, key })
      m.recordUpstreamRateLimited({ tool, key })
      for (const reason of ['rate_limited', 'auth', 'other', 'metering']) {
        m.recordFailed({ provider, tool, key, reason })
      }
    }
    m.recordCostCharged(1, { provider, tool })
    m.recordUnknownModelCost({ tool })
    for (const reason of ['billing_actor_limit', 'upstream_retries_exhausted']) {
      m.recordThrottled({ provider, tool, reason })
    }
    for (const reason of ['actor_requests', 'dimension', 'queue_position']) {
      m.recordQueueWait(1, { provider, reason })
      m.recordQueueWaitExceeded({ provider, reason })
    }
  }`

/** Of each metric its unit, and the number of series by the names of their dimensions. The first are those of the metric. */
const metrics = new Map()
let stats

before(async () => {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const env = environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      HKM_ROLLUPS: 'true',
      // All of it is sent by one flush.
      HKM_FLUSH_INTERVAL_MS: '3600000',
    })
    const told = await evaluate(EVERYTHING, env)
    assert.equal(told.stderr, '')
    stats = told.stats
    const known = new Set()
    for (const { metricName, unit, dimensions } of cloudwatch.applied()) {
      const series = `${metricName} ${JSON.stringify(dimensions)}`
      if (known.has(series)) continue
      known.add(series)
      const [environment, ...labels] = dimensions.map(({ Name }) => Name)
      assert.equal(environment, 'Environment')
      const metric = metrics.get(metricName) ?? { unit, counts: new Map() }
      metrics.set(metricName, metric)
      const names = labels.join(', ')
      metric.counts.set(names, (metric.counts.get(names) ?? 0) + 1)
    }
  } finally {
    await cloudwatch.close()
  }
})

/** Rows of a table, by cells. */
function tableOf(page, head) {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
  const rows = text
    .slice(text.indexOf(head))
    .split('\n\n')[0]
    .split('\n')
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
  return rows.slice(2)
}

/** The dimensions of a metric are more than those of its roll-ups. */
const dimensionsOf = ({ counts }) => [...counts.keys()].sort((a, b) => sizeOf(b) - sizeOf(a))
const sizeOf = (names) => names.split(', ').filter(Boolean).length

test('the table of recorders in the README has the units, dimensions and roll-ups that arrive', () => {
  const table = tableOf('README.md', '| recorder | CloudWatch metric | unit |')
  assert.equal(table.length, metrics.size)
  for (const [, told, unit, dimensions, rollups] of table) {
    const metric = metrics.get(told.match(/`(\w+)`/)[1])
    const [own, ...others] = dimensionsOf(metric)
    assert.deepEqual({ told, unit, dimensions }, { told, unit: metric.unit, dimensions: own })
    const names = others.map((name) => (name === '' ? 'in total' : `by ${name}`))
    assert.deepEqual(rollups.split(', ').filter(Boolean).sort(), names.sort(), told)
  }
})

test('the recommended roll-ups have the series, and cost what the page says', () => {
  const table = tableOf('docs/own-metrics.md', '| metric | series by all dimensions |')
  const expected = new Map()
  for (const [name, metric] of metrics) {
    const [own] = dimensionsOf(metric)
    const of = (names) => (names === own ? 0 : (metric.counts.get(names) ?? 0))
    const rollups = [of('Provider'), of('Reason'), of('')]
    expected.set(name, [metric.counts.get(own), ...rollups, rollups.reduce((sum, n) => sum + n)])
  }
  const all = [...expected.values()].reduce((sum, row) => sum.map((count, at) => count + row[at]))
  expected.set('all', all)
  expected.set(
    'a month',
    all.map((series) => Number((series * PRICE).toFixed(2)))
  )
  const numbers = (cells) => cells.map((cell) => Number(cell.replace(/[$,]/g, '') || 0))
  const told = new Map(table.map(([name, ...cells]) => [name, numbers(cells)]))
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(expected))
  const { rollups, series } = stats
  assert.deepEqual(
    { rollups: rollups.series, series },
    { rollups: all[4], series: all[0] + all[4] }
  )
})

test('requests cost what the page says', () => {
  const page = readFileSync(new URL('../docs/own-metrics.md', import.meta.url), 'utf8')
  const text = page.slice(page.indexOf('\n## Cost')).replace(/\s+/g, ' ')
  const dollars = (requests) => `$${(requests * PRICE_OF_REQUEST).toFixed(2)}`
  const monthly = (requests, interval = FLUSH_INTERVAL_MS) => (requests * MONTH_MS) / interval
  const english = (number) => number.toLocaleString('en-US')
  const all = stats.series
  const requests = Math.ceil(all / DATUMS_A_REQUEST)
  assert.equal(stats.requests, requests, 'of one flush')
  const own = all - stats.rollups.series
  assert.equal(Math.ceil(own / DATUMS_A_REQUEST), requests)
  for (const sentence of [
    `one request for each namespace with up to ${english(DATUMS_A_REQUEST)} series: ${english(monthly(1))} in 30 days, or ${dollars(monthly(1))}.`,
    `a process that records all ${english(all)} series in each half minute sends ${requests} requests every time: ${english(monthly(requests))} in 30 days, or ${dollars(monthly(requests))}.`,
    `Without roll-ups there are ${english(own)} series, and as many requests.`,
    `With \`flushIntervalMs: 60_000\`, the requests cost ${dollars(monthly(requests, 60_000))}.`,
  ]) {
    assert.ok(text.includes(sentence), sentence)
  }
})
