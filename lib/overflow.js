'use strict'

// Tells which labels of a metric are folded into its overflow series, without a native call. Past the
// maximum of series, the native side gives a bit for the hash of the labels of each known series; see
// `core/src/series/filter.rs`. Labels whose bit is not set belong to no series. The native side is asked
// for all others, and for labels that it may change.

const { ownCopy } = require('./generations.js')

/** FNV-1a, 32 bits. */
const OFFSET_BASIS = 0x811c9dc5 | 0
const PRIME = 0x01000193
/** Precedes the position of a label. */
const LABEL = 2 ** 8

/** The maximum length of a label that is read. */
const MOST_READ = 256
/** The maximum number of harmless labels of a guarded dimension. */
const MOST_HARMLESS = 1_024

const BLANK = 0x20
/** The last printable character. A label with it may look like one that was changed; see `core/src/label.rs`. */
const TILDE = 0x7e

/** In place of a hash, for a label that the native side may change. A hash has 32 bits and a sign. */
const UNKNOWN = 2 ** 31

class Overflow {
  // Fields are defined. An assignment alone would call a setter of `Object.prototype`.
  id
  words
  mask
  harmless

  /**
   * @param {number} id that of the overflow series, as it is written into a ring
   * @param {number[]} bits a power of two of 32-bit words
   * @param {number} guarded the dimensions whose labels are replaced if they look like secrets, as bits
   */
  constructor(id, bits, guarded) {
    this.id = id
    this.words = Int32Array.from(bits)
    this.mask = this.words.length * 32 - 1
    /** Labels of guarded dimensions that the native side did not replace. */
    this.harmless = [0, 1, 2, 3].map((at) => ((guarded >> at) & 1 ? new Set() : undefined))
  }

  /** Whether labels belong to the overflow series for certain. */
  takes(a, b, c, d) {
    const { harmless } = this
    const isPlain =
      isRead(a, harmless[0]) &&
      isRead(b, harmless[1]) &&
      isRead(c, harmless[2]) &&
      isRead(d, harmless[3])
    if (!isPlain) return false
    let hash = step(OFFSET_BASIS, a, 0)
    hash = step(hash, b, 1)
    hash = step(hash, c, 2)
    hash = step(hash, d, 3)
    if (hash === UNKNOWN) return false
    const bit = (hash ^ (hash >>> 15)) & this.mask
    return (this.words[bit >>> 5] & (1 << (bit & 31))) === 0
  }

  /** Call this with texts that the native side did not change. */
  learn(texts) {
    texts.forEach((text, at) => {
      const known = this.harmless[at]
      if (known === undefined || text === undefined || text.length > MOST_READ) return
      if (known.size < MOST_HARMLESS) known.add(ownCopy(text))
    })
  }
}

/** Whether a label is missing or can be read. `harmless`: of a guarded dimension, the labels that can be. */
function isRead(label, harmless) {
  if (label === undefined || label === null) return true
  if (typeof label !== 'string' || label.length === 0 || label.length > MOST_READ) return false
  return harmless === undefined || harmless.has(label)
}

/** Adds a label to a hash. */
function step(hash, label, at) {
  if (label === undefined || label === null || hash === UNKNOWN) return hash
  // A label that begins with a blank may consist of blanks, and is then left out.
  if (label.charCodeAt(0) === BLANK) return UNKNOWN
  let mixed = Math.imul(hash ^ (LABEL + at), PRIME)
  for (let index = 0; index < label.length; index++) {
    const code = label.charCodeAt(index)
    if (code < BLANK || code >= TILDE) return UNKNOWN
    mixed = Math.imul(mixed ^ code, PRIME)
  }
  return mixed
}

module.exports = { Overflow }
