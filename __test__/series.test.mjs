// The series that a thread knows, against a map of whole label lists.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'

const { Series } = createRequire(import.meta.url)('../lib/series.js')

// Of one length, with one character in the middle and one at the end: all of them share a place in the table.
const SHARING = ['akkey', 'bkkey', 'ckkey']
const label = fc.oneof(
  { arbitrary: fc.constantFrom(...SHARING), weight: 8 },
  fc.constantFrom('', ' ', 'k', '1', 'constructor', '__proto__', undefined, null, 1, 0, true),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 })
)

test('whatever labels share a place, each list of them has its own id', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(label, label, label, label), { minLength: 1, maxLength: 400 }),
      (count, lists) => {
        const series = new Series(count)
        const ids = new Map()
        for (const [turn, list] of [...lists, ...lists].entries()) {
          const labels = list.slice(0, count)
          const key = JSON.stringify(labels.map((it) => [typeof it, it]))
          const found = series.find(...labels)
          assert.equal(found, ids.get(key), key)
          if (found !== undefined) continue
          ids.set(key, turn)
          series.add(labels, turn)
        }
      }
    ),
    { numRuns: 300 }
  )
})

test('thousands of series are found, however often the table has grown', () => {
  const series = new Series(3)
  const labels = (id) => [`provider-${id % 7}`, `tool-${id % 11}`, `KEY_${id}`]
  const known = 20_000
  for (let id = 0; id < known; id++) series.add(labels(id), id)
  for (let round = 0; round < 2; round++) {
    for (let id = 0; id < known; id++) assert.equal(series.find(...labels(id)), id)
  }
  assert.equal(series.find(...labels(known)), undefined)
})
