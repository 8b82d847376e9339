'use strict'

// Writes records to the ring that this thread shares with the native flusher: three typed arrays
// and a position. Plain stores fill a slot, and an atomic exchange of the head publishes it; see
// `core/src/ring.rs`. No record is overwritten before it was drained.

// Words of the header, as in `core/src/ring.rs`. Positions wrap at 2^31. The highest bit of the
// head is set while the flusher sleeps. Native calls can fail without an error. A record that has
// no slot for this reason is counted as lost.
const HEAD = 0
const TAIL = 1
const LOST = 2
const HEADER_WORDS = 3
const POSITION = 2 ** 31 - 1

/** Written into the first slot of a ring to find out whether the native side reads it. */
const PROBE = 0x5eed

/**
 * Opens the ring of this thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @returns {{ write: (id: number, value: number) => void, lose: () => void } | undefined} `write`
 *   writes a record. If the ring is full, it drains the ring on this thread first. `lose` counts a
 *   record that has no series. `undefined` if there is no memory for a ring, or if the native side
 *   does not share it.
 * @throws {Error} if the native side returns no ring
 */
function openRing(binding) {
  const memory = binding.openRing()
  if (memory === null) return undefined
  if (!isRing(memory)) throw new Error('the native side gave no ring')
  const { id: ring, slots } = memory
  const header = new Int32Array(memory.header.buffer)
  const ids = new Uint32Array(memory.ids.buffer)
  const values = new Float64Array(memory.values.buffer)
  // Nothing tells that napi has passed a copy, into which every record would be lost.
  ids[0] = PROBE
  values[0] = PROBE
  if (binding.isRingShared(ring, PROBE) !== true) return undefined
  const half = slots / 2
  let head = Atomics.load(header, HEAD) & POSITION
  // The position at which `write` checks whether the flusher keeps up.
  let limit = (head + half) & POSITION

  function used() {
    return (head - Atomics.load(header, TAIL)) & POSITION
  }

  /**
   * Wakes the flusher if the ring is half full, and drains a full ring. Returns whether a slot is
   * free.
   */
  function makeRoom() {
    const before = used()
    if (before >= slots) {
      binding.drainRing(ring)
      if (used() >= slots) return false
      limit = (head + half) & POSITION
    } else if (before >= half) {
      binding.wake()
      limit = (head + slots - before) & POSITION
    } else {
      limit = (head + half - before) & POSITION
    }
    return true
  }

  function lose() {
    Atomics.add(header, LOST, 1)
  }

  function write(id, value) {
    if (head === limit && !makeRoom()) return lose()
    const slot = head & (slots - 1)
    ids[slot] = id
    values[slot] = value
    const previous = head
    head = (head + 1) & POSITION
    // The exchange reads and clears the bit that is set while the flusher sleeps.
    if (Atomics.exchange(header, HEAD, head) !== previous) binding.wake()
  }

  return { write, lose }
}

function isRing(memory) {
  if (typeof memory !== 'object' || memory === null) return false
  const { id, slots, header, ids, values } = memory
  return (
    Number.isInteger(id) &&
    header?.byteLength === HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT &&
    ids?.byteLength === slots * Uint32Array.BYTES_PER_ELEMENT &&
    values?.byteLength === slots * Float64Array.BYTES_PER_ELEMENT
  )
}

module.exports = { openRing }
