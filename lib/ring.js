'use strict'

// The writing side of the memory that this thread shares with the native flusher: three typed arrays and a
// position. A slot is filled plainly and published by an atomic store to the head; see `src/ring.rs`.

// Words of the header, as in `src/ring.rs`.
const HEAD = 0
const TAIL = 1
const PARKED = 2

/**
 * Opens this thread's ring.
 *
 * @param {typeof import('../binding.js')} binding
 * @returns {(id: number, value: number) => void} writes one record; never waits, never loses one
 */
function openRing(binding) {
  const { id: ring, slots, header, ids, values } = binding.openRing()
  const half = slots / 2
  let head = 0
  // The position at which to look whether the flusher keeps up.
  let limit = half

  function makeRoom() {
    const used = (head - Atomics.load(header, TAIL)) | 0
    if (used >= slots) {
      binding.drainRing(ring)
      limit = (head + half) | 0
    } else if (used >= half) {
      binding.wake()
      limit = (head + slots - used) | 0
    } else {
      limit = (head + half - used) | 0
    }
  }

  return (id, value) => {
    if (head === limit) makeRoom()
    const slot = head & (slots - 1)
    ids[slot] = id
    values[slot] = value
    head = (head + 1) | 0
    Atomics.store(header, HEAD, head)
    if (Atomics.load(header, PARKED) === 1) binding.wake()
  }
}

module.exports = { openRing }
