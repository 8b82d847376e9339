// The writing side of a ring, against a reading side that does what the test says.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const { openRing } = createRequire(import.meta.url)('../lib/ring.js')

/** A ring of eight slots, the calls that the writing side made, and the records that were drained. */
function ring(start = 0, { isAnswered = () => true } = {}) {
  const slots = 8
  const memory = {
    id: 3,
    slots,
    header: new Int32Array(3),
    ids: new Uint32Array(slots),
    values: new Float64Array(slots),
  }
  memory.header.fill(start, 0, 2)
  const calls = []
  const drained = []
  function drain() {
    const head = memory.header[0] & 0x7fffffff
    for (let at = memory.header[1]; at !== head; at = (at + 1) & 0x7fffffff) {
      drained.push([memory.ids[at % slots], memory.values[at % slots]])
    }
    memory.header[1] = head
  }
  const { write, lose } = openRing({
    openRing: () => memory,
    isRingShared: (id, probe) =>
      id === memory.id && memory.ids[0] === probe && memory.values[0] === probe,
    wake: () => calls.push('wake'),
    drainRing(id) {
      assert.equal(id, memory.id)
      calls.push('drain')
      if (isAnswered()) drain()
    },
  })
  let next = 0
  const writeMany = (count) => {
    for (let index = 0; index < count; index++, next++) write(next, next / 3)
  }
  return { memory, calls, drained, drain, writeMany, lose }
}

const records = (count) => Array.from({ length: count }, (_, id) => [id, id / 3])

test('a ring that is half full wakes the flusher once, and a full one is drained', () => {
  const { calls, drained, writeMany } = ring()
  writeMany(4)
  assert.deepEqual(calls, [])
  writeMany(4)
  assert.deepEqual(calls, ['wake'])
  assert.deepEqual(drained, [])
  writeMany(1)
  assert.deepEqual(calls, ['wake', 'drain'])
  assert.deepEqual(drained, records(8))
})

test('no record is overwritten, wherever the flusher drains', () => {
  for (let pause = 1; pause <= 20; pause++) {
    const { drained, drain, writeMany } = ring()
    for (let written = 0; written < 200; written += pause) {
      writeMany(pause)
      if (written % 3 === 0) drain()
    }
    drain()
    assert.deepEqual(drained, records(drained.length))
    assert.ok(drained.length >= 200)
  }
})

test('positions wrap at 2^31', () => {
  const { calls, drained, drain, writeMany } = ring(2 ** 31 - 3)
  for (let round = 0; round < 4; round++) {
    writeMany(3)
    drain()
  }
  assert.deepEqual(drained, records(12))
  assert.deepEqual(calls, [])
})

test('a flusher that drains in time is not woken', () => {
  const { calls, drain, writeMany } = ring()
  for (let round = 0; round < 50; round++) {
    writeMany(3)
    drain()
  }
  assert.deepEqual(calls, [])
})

test('a flusher that sleeps is woken by the next record, and only by that one', () => {
  const { memory, calls, drain, writeMany } = ring()
  writeMany(1)
  drain()
  memory.header[0] |= 0x80000000
  writeMany(1)
  assert.deepEqual(calls, ['wake'])
  writeMany(1)
  assert.deepEqual(calls, ['wake'])
  assert.equal(memory.header[0], 3, 'the bit is cleared')
})

test('a full ring that is not drained keeps what is in it, and counts what has no slot', () => {
  let isAnswered = false
  const { memory, drained, drain, writeMany } = ring(0, { isAnswered: () => isAnswered })
  writeMany(11)
  assert.equal(memory.header[2], 3)
  isAnswered = true
  writeMany(2)
  drain()
  const [placed, later] = [records(8), records(13).slice(11)]
  assert.deepEqual(drained, [...placed, ...later])
  assert.equal(memory.header[2], 3)
})

test('a record without a series is counted, and takes no slot', () => {
  const { memory, lose } = ring()
  lose()
  lose()
  assert.deepEqual([...memory.header], [0, 0, 2])
})

test('a ring of which the native side has another copy is not used', () => {
  const { memory } = ring()
  for (const answer of [false, undefined]) {
    const opened = openRing({ openRing: () => memory, isRingShared: () => answer })
    assert.equal(opened, undefined)
  }
})

test('without memory for a ring there is none', () => {
  assert.equal(openRing({ openRing: () => null }), undefined)
})

test('whatever is no ring is refused', () => {
  const { memory } = ring()
  const bad = [
    undefined,
    0,
    {},
    { ...memory, id: undefined },
    { ...memory, slots: 16 },
    { ...memory, header: undefined },
    { ...memory, header: new Int32Array(2) },
    { ...memory, ids: undefined },
    { ...memory, values: undefined },
  ]
  for (const answer of bad) {
    assert.throws(() => openRing({ openRing: () => answer }), /gave no ring/)
  }
})
