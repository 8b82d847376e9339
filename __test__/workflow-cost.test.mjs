// What `workflowMetrics` records with its recommended roll-ups: the number of series, and what they cost a month in
// `docs/own-metrics.md`.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

/** US dollars a month for each of the first 10,000 metrics in us-east-1. */
const PRICE = 0.3

/** Records everything that can happen to 5 triggers, and to 30 types of blocks with 2 operations each. */
const EVERYTHING = `
  const { workflowMetrics } = hkm
  const several = (count, name) => Array.from({ length: count }, (_, index) => name + index)
  for (const trigger of several(5, 'trigger')) {
    workflowMetrics.recordExecutionStarted({ trigger })
    workflowMetrics.recordExecutionPaused({ trigger })
    for (const status of ['success', 'failed', 'cancelled']) {
      workflowMetrics.recordExecutionCompleted({ trigger, status, durationMs: 1 })
    }
  }
  for (const blockType of several(30, 'block')) {
    for (const operation of several(2, 'operation')) {
      for (const success of [true, false]) {
        workflowMetrics.recordBlockExecuted({ blockType, operation, success, durationMs: 1 })
      }
    }
  }`

/** The rows of the table of the page, by cells. */
function table() {
  const page = readFileSync(new URL('../docs/own-metrics.md', import.meta.url), 'utf8')
  const rows = page
    .slice(page.indexOf('| metric of workflows |'))
    .split('\n\n')[0]
    .trim()
    .split('\n')
  const cells = rows.map((row) => row.split('|').slice(1, -1))
  return cells.slice(2).map((row) => row.map((cell) => cell.trim()))
}

/** `by A and B, in total` for sets of dimensions, the largest first. */
function shown(sets) {
  return sets
    .map((names) => (names.length === 0 ? 'in total' : `by ${names.join(' and ')}`))
    .join(', ')
}

test('the recommended roll-ups of workflowMetrics have the series, and cost what the page says', async () => {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const env = environment(cloudwatch.endpoint, { ...CREDENTIALS, HKM_ROLLUPS: 'true' })
    const { stats, stderr } = await evaluate(EVERYTHING, env)
    assert.equal(stderr, '')

    /** Of each metric the series, by the names of their dimensions. */
    const metrics = new Map()
    for (const { metricName, dimensions } of cloudwatch.applied()) {
      const [environment, ...labels] = dimensions
      assert.equal(environment.Name, 'Environment')
      const sets = metrics.get(metricName) ?? new Map()
      metrics.set(metricName, sets)
      const names = labels.map(({ Name }) => Name).join()
      sets.set(names, (sets.get(names) ?? new Set()).add(JSON.stringify(labels)))
    }

    const expected = [...metrics].map(([name, found]) => {
      const namesOf = (key) => key.split(',').filter(Boolean)
      const sets = [...found].map(([key, { size }]) => ({ names: namesOf(key), size }))
      const [own, ...rollups] = sets.sort((one, other) => other.names.length - one.names.length)
      const sum = rollups.reduce((sum, { size }) => sum + size, 0)
      return [name, own.size, shown(rollups.map(({ names }) => names)), sum]
    })
    const sums = [1, 3].map((at) => expected.reduce((sum, row) => sum + row[at], 0))
    const dollars = sums.map((series) => `$${(series * PRICE).toFixed(2)}`)
    assert.deepEqual(
      table().sort(),
      [...expected, ['all', sums[0], '', sums[1]], ['a month', dollars[0], '', dollars[1]]]
        .map((row) => row.map(String))
        .sort()
    )
    assert.deepEqual([stats.series, stats.rollups.series], [sums[0] + sums[1], sums[1]])
  } finally {
    await cloudwatch.close()
  }
})
