// How the fault matrix and the soak count what was recorded, and what arrived.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordedBy, sizeOf, tallyOf } from '../matrix/tally.mjs'
import { seriesOf } from '../testkit/workload/recorders.mjs'
import { expectations, valuesBySeries } from '../testkit/workload/workload.mjs'

test('what a workload records is tallied as it is expected, a record each', () => {
  const parts = [
    { seed: 3, calls: 500 },
    { seed: 4, calls: 500 },
  ]
  const records = expectations(parts, 'test')
  const expected = valuesBySeries(records)
  const recorded = recordedBy(parts)
  assert.equal(sizeOf(recorded), records.length)
  for (const [series, counts] of recorded) {
    const values = [...counts].flatMap(([value, count]) => new Array(count).fill(value))
    assert.deepEqual(values.sort(), expected.get(series).sort())
  }
})

test('what arrives is tallied by the names that are expected', () => {
  const [record] = expectations([{ seed: 3, calls: 10 }], 'test')
  const sent = {
    MetricName: record.metricName,
    Unit: record.unit,
    Dimensions: record.dimensions.map(([Name, Value]) => ({ Name, Value })),
    Values: [1, 2],
    Counts: [3, 4],
  }
  const expected = new Map([
    [
      seriesOf(record),
      new Map([
        [1, 6],
        [2, 8],
      ]),
    ],
  ])
  assert.deepEqual(tallyOf([sent, sent]), expected)
})
