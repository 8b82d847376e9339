// What `hostedKeyMetrics` and its recommended roll-ups cost a month: the table in `docs/own-metrics.md`.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

/** US dollars a month for each of the first 10,000 metrics in us-east-1. */
const PRICE = 0.3

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

/** The columns of the table, by the dimensions of a series. */
const COLUMNS = new Map([
  ['Provider', 'by provider'],
  ['Reason', 'by reason'],
  ['', 'in total'],
])
const NAMES = ['series by all dimensions', ...COLUMNS.values(), 'roll-ups']

function tableInDocs() {
  const page = readFileSync(new URL('../docs/own-metrics.md', import.meta.url), 'utf8')
  const [head, , ...rows] = page
    .slice(page.indexOf('| metric | series by all dimensions |'))
    .split('\n\n')[0]
    .split('\n')
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
  return { head, rows: new Map(rows.map(([metric, ...cells]) => [metric, cells])) }
}

const number = (cell) => Number(cell.replace(/[$,]/g, '') || 0)

test('the recommended roll-ups of hostedKeyMetrics have the series, and cost what the page says', async () => {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const env = environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_ROLLUPS: 'true' })
    const { stats, stderr } = await evaluate(EVERYTHING, env)
    assert.equal(stderr, '')

    const { head, rows } = tableInDocs()
    assert.deepEqual(head, ['metric', ...NAMES])
    const counts = new Map([...rows.keys()].map((metric) => [metric, NAMES.map(() => 0)]))
    const known = new Set()
    for (const { metricName, dimensions } of cloudwatch.applied()) {
      const labels = dimensions.filter(({ Name }) => Name !== 'Environment')
      const series = `${metricName} ${JSON.stringify(labels)}`
      if (known.has(series)) continue
      known.add(series)
      const column = COLUMNS.get(labels.map(({ Name }) => Name).join())
      const places = column ? [NAMES.indexOf(column), NAMES.indexOf('roll-ups')] : [0]
      for (const metric of [metricName, 'all']) {
        for (const place of places) counts.get(metric)[place] += 1
      }
    }
    const all = counts.get('all')
    counts.set(
      'a month',
      all.map((series) => Number((series * PRICE).toFixed(2)))
    )
    for (const [metric, cells] of rows) {
      assert.deepEqual(cells.map(number), counts.get(metric), metric)
    }
    assert.equal(stats.rollups.series, all.at(-1))
    assert.equal(stats.series, all[0] + all.at(-1))
  } finally {
    await cloudwatch.close()
  }
})
