// The series that a thread remembers, against a map of whole label lists.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'

const { Series, join, OWN, SHARED } = createRequire(import.meta.url)('../lib/series.js')
const { Generations } = createRequire(import.meta.url)('../lib/generations.js')

// Of one length, with one character in the middle and one at the end: all of them share a place in the table.
const SHARING = ['akkey', 'bkkey', 'ckkey']
const label = fc.oneof(
  { arbitrary: fc.constantFrom(...SHARING), weight: 8 },
  fc.constantFrom('', ' ', 'k', '1', 'constructor', '__proto__', undefined, null, 1, 0, true),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
  fc.constantFrom('検索', '翻訳', 'é', '\ud800', '\udc00', '\ufffd', '🔑', '\0'),
  fc.string({ unit: 'binary', maxLength: 12 })
)

test('whatever labels share a place, each list of them has its own id', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(label, label, label, label, fc.boolean()), {
        minLength: 1,
        maxLength: 400,
      }),
      (count, lists) => {
        const series = new Series(count)
        const ids = new Map()
        for (const [turn, list] of [...lists, ...lists].entries()) {
          const labels = list.slice(0, count)
          const isShared = list[4]
          const key = JSON.stringify(labels.map((it) => [typeof it, it]))
          const found = series.find(...labels)
          assert.equal(found, ids.get(key), key)
          if (found !== undefined) continue
          ids.set(key, turn)
          series.add(isShared ? series.shared : series.own, labels, turn)
        }
      }
    ),
    { numRuns: 300 }
  )
})

test('whatever many labels share places, each list of them has its own id, and most are in the table', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(label, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 400 }),
      (lists) => {
        const series = new Series(6)
        const ids = new Map()
        for (const [turn, labels] of [...lists, ...lists].entries()) {
          const key = JSON.stringify(labels.map((it) => [typeof it, it]))
          const first = series.placeOf(labels)
          const placed = series.findPlaced(labels, first)
          const found = placed ?? series.findMany(labels, key, first)
          assert.equal(found, ids.get(key), key)
          if (found !== undefined) continue
          ids.set(key, turn)
          series.rememberMany(labels, key, turn, false)
        }
      }
    ),
    { numRuns: 200 }
  )
  const series = new Series(6)
  const labels = (id) => ['a', `b-${id % 9}`, 'c', undefined, `KEY_${id}`, 'f']
  const known = 1_000
  for (let id = 0; id < known; id++) series.rememberMany(labels(id), `${id}`, id, false)
  const isPlaced = (id) => series.findPlaced(labels(id), series.placeOf(labels(id))) === id
  for (let id = 0; id < known; id++) {
    assert.equal(series.findMany(labels(id), `${id}`, series.placeOf(labels(id))), id)
  }
  const placed = Array.from({ length: known }, (_, id) => id).filter(isPlaced)
  assert.ok(placed.length > 0.98 * known, `${placed.length}`)
})

test('thousands of series are found, however often the table has grown', () => {
  const series = new Series(3)
  const labels = (id) => [`provider-${id % 7}`, `tool-${id % 11}`, `KEY_${id}`]
  const known = 20_000
  for (let id = 0; id < known; id++) series.add(series.own, labels(id), id)
  for (let round = 0; round < 2; round++) {
    for (let id = 0; id < known; id++) assert.equal(series.find(...labels(id)), id)
  }
  assert.equal(series.find(...labels(known)), undefined)
})

test('of series that are recorded in turn, nearly all are found in the table', () => {
  const series = new Series(3)
  const labels = (id) => [`provider-${id % 7}`, `tool-${id % 11}`, `KEY_${id}`]
  const all = 10_000
  for (let id = 0; id < all; id++) series.add(series.own, labels(id), id)
  const findAll = () => {
    let searches = 0
    const { search } = Series.prototype
    series.search = (...given) => {
      searches++
      return search.apply(series, given)
    }
    for (let id = 0; id < all; id++) assert.equal(series.find(...labels(id)), id)
    return searches
  }
  findAll()
  const searches = findAll()
  assert.ok(searches < 0.1 * all, `${searches} of ${all}`)
})

const heldBy = (generations) =>
  [generations.younger, generations.older].reduce((sum, { size }) => sum + size, 0)

for (const [what, of, limit] of [
  ['series of their own', 'own', OWN],
  ['labels that share a series', 'shared', SHARED],
]) {
  test(`the memory of ${what} has a limit, and the table holds no more than it`, () => {
    const series = new Series(1)
    for (let id = 0; id < 5 * limit.series; id++) {
      assert.equal(series.find(`tool-${id}`), undefined)
      series.add(series[of], [`tool-${id}`], id)
      assert.equal(series.find(`tool-${id}`), id)
    }
    assert.ok(heldBy(series[of]) <= 2 * limit.series)
    const inTable = series.recent.filter((label) => typeof label === 'string')
    for (const label of inTable) assert.equal(series[of].find(label).a, label)
  })
}

test('labels that share a series, and long ones, are told apart', () => {
  const lists = [
    ['a', 'b c'],
    ['a b', 'c'],
    ['', 'a b c'],
    [undefined, 'a b c'],
    ['-', ' a b c'],
    ['x'.repeat(5_000), 'y'],
    ['x'.repeat(5_000), 'z'],
  ]
  const series = new Series(2)
  for (const [id, labels] of lists.entries()) {
    assert.equal(series.recall(labels, join(labels)), undefined)
    series.remember(labels, join(labels), id, true)
  }
  for (const [id, labels] of lists.entries()) {
    assert.equal(series.recall(labels, join(labels)), id)
  }
  for (const [id, labels] of lists.entries()) {
    const isLong = labels[0]?.length > 4_096
    assert.equal(series.find(...labels), isLong ? undefined : id, 'recalled labels are found')
  }
})

test('labels in use stay in memory, however many others come', () => {
  const generations = new Generations(2, { series: 10, characters: 1_000 })
  generations.add(['used', 'K'], 7)
  for (let id = 0; id < 1_000; id++) {
    generations.add([`other-${id}`, 'K'], id)
    assert.equal(generations.find('used', 'K').id, 7)
  }
  assert.equal(generations.find('other-0', 'K'), undefined)
})

test('the limit of a memory is one of characters too', () => {
  const generations = new Generations(1, { series: 1_000, characters: 100 })
  for (let id = 0; id < 500; id++) generations.add([`${id}`.padEnd(50)], id)
  assert.ok(heldBy(generations) <= 6)
})
