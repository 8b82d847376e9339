'use strict'

// The writing side of the memory that this thread shares with the native flusher: three typed arrays and a
// position. A slot is filled plainly and published by an atomic exchange of the head; see `core/src/ring.rs`.

// Words of the header, as in `core/src/ring.rs`. Positions count up to 2^31; the highest bit of the head says that
// the flusher sleeps.
const HEAD = 0
const TAIL = 1
const POSITION = 2 ** 31 - 1

/**
 * Opens this thread's ring.
 *
 * @param {typeof import('../binding.js')} binding
 * @returns {(id: number, value: number) => void} writes one record; never waits, never loses one
 */
function openRing(binding) {
  const { id: ring, slots, header, ids, values } = binding.openRing()
  const half = slots / 2
  let head = Atomics.load(header, HEAD) & POSITION
  // The position at which to look whether the flusher keeps up.
  let limit = (head + half) & POSITION

  function makeRoom() {
    const used = (head - Atomics.load(header, TAIL)) & POSITION
    if (used >= slots) {
      binding.drainRing(ring)
      limit = (head + half) & POSITION
    } else if (used >= half) {
      binding.wake()
      limit = (head + slots - used) & POSITION
    } else {
      limit = (head + half - used) & POSITION
    }
  }

  return (id, value) => {
    if (head === limit) makeRoom()
    const slot = head & (slots - 1)
    ids[slot] = id
    values[slot] = value
    const previous = head
    head = (head + 1) & POSITION
    // Finds, and clears, the bit of a flusher that sleeps.
    if (Atomics.exchange(header, HEAD, head) !== previous) binding.wake()
  }
}

module.exports = { openRing }
