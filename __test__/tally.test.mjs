// How the fault matrix and the soak count what was recorded, and what arrived.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostCopies, recordedBy, sizeOf, tallyOf, together } from '../matrix/tally.mjs'
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

test('tallies are added up, and neither is changed', () => {
  const one = new Map([['A', new Map([[1, 2]])]])
  const other = new Map([
    ['A', new Map([[1, 3]])],
    ['B', new Map([[2, 1]])],
  ])
  const all = together(one, other)
  assert.deepEqual([all.get('A').get(1), all.get('B').get(2), sizeOf(all)], [5, 1, 6])
  assert.deepEqual([sizeOf(one), sizeOf(other)], [2, 4])
})

test('the copies of a record are counted by its value', () => {
  const recorded = new Map([
    [
      'A',
      new Map([
        [1, 10],
        [2, 1],
      ]),
    ],
  ])
  const arrived = (ones, twos) =>
    new Map([
      [
        'A',
        new Map([
          [1, ones],
          [2, twos],
        ]),
      ],
    ])
  assert.equal(mostCopies(recorded, new Map()), 0)
  assert.equal(mostCopies(recorded, arrived(10, 1)), 1)
  assert.equal(mostCopies(recorded, arrived(10, 6)), 6)
  assert.equal(mostCopies(recorded, arrived(11, 0)), 2)
})

test('a workload over many series records each of them equally often', () => {
  const tally = recordedBy([
    { seed: 1, series: 50, calls: 100 },
    { seed: 2, series: 50, calls: 100 },
  ])
  assert.equal(tally.size, 50)
  for (const counts of tally.values()) assert.deepEqual([...counts], [[1, 4]])
})
