'use strict'

// Caches the series of one metric in one thread: labels -> id. Nested maps hold all series. A table
// in front of them finds most series without the maps. A place of the table holds one series.
// Series that share a place replace each other, which costs a look-up in the maps.

const LEAST_PLACES = 64
const MOST_PLACES = 2 ** 16
/**
 * The minimum number of places for each series, up to `MOST_PLACES` in total. It keeps the number
 * of series that share a place small.
 */
const PLACES_A_SERIES = 4

/** Fills an empty place. No label equals its first label. */
const NONE = { a: Number.NaN, b: undefined, c: undefined, d: undefined, id: 0 }

class Series {
  // Fields are defined. An assignment alone would call a setter of `Object.prototype`.
  labels
  byLabels = new Map()
  count = 0
  mask = 0
  recent = []

  /** @param {number} labels number of labels of a series, 1 to 4; further ones are `undefined` */
  constructor(labels) {
    this.labels = labels
    this.setPlaces(LEAST_PLACES)
  }

  setPlaces(places) {
    this.mask = places - 1
    this.recent = new Array(places).fill(NONE)
  }

  /** Returns the id of a series, or `undefined` if it is not cached. */
  find(a, b, c, d) {
    const place = hash(a, b, c, d) & this.mask
    const found = this.recent[place]
    if (found.a === a && found.b === b && found.c === c && found.d === d) return found.id
    const other = this.search(a, b, c, d)
    if (other === undefined) return undefined
    this.recent[place] = other
    return other.id
  }

  search(a, b, c, d) {
    let found = this.byLabels.get(a)
    if (this.labels > 1 && found !== undefined) found = found.get(b)
    if (this.labels > 2 && found !== undefined) found = found.get(c)
    if (this.labels > 3 && found !== undefined) found = found.get(d)
    return found
  }

  /** Caches the id of labels that are not cached yet. */
  add(labels, id) {
    const own = labels.map(ownCopy)
    const [a, b, c, d] = own
    const last = own.pop()
    let level = this.byLabels
    for (const label of own) {
      let next = level.get(label)
      if (next === undefined) {
        next = new Map()
        level.set(label, next)
      }
      level = next
    }
    level.set(last, { a, b, c, d, id })
    this.count++
    const places = this.mask + 1
    if (this.count * PLACES_A_SERIES > places && places < MOST_PLACES) this.setPlaces(places * 2)
  }
}

/** Returns a hash of labels. Its lowest bits differ for most series of an application. */
function hash(a, b, c, d) {
  let mixed = Math.imul(mark(a), 0x9e3779b1) ^ Math.imul(mark(b), 0x85ebca6b)
  mixed ^= Math.imul(mark(c), 0xc2b2ae35) ^ Math.imul(mark(d), 0x27d4eb2f)
  return mixed ^ (mixed >>> 15)
}

/** Returns a number made from the length, the last character and the middle one of a label. */
function mark(label) {
  if (typeof label !== 'string' || label.length === 0) return 0
  const last = label.length - 1
  return last + Math.imul(label.charCodeAt(last), 31) + Math.imul(label.charCodeAt(last >> 1), 1021)
}

/**
 * Returns a copy of a label that keeps no other string alive and is fast to compare.
 *
 * A string that was cut out of a larger one keeps the larger one alive, so the characters are
 * copied. Cached labels are printable ASCII, so `latin1` changes none of them. Engines keep one
 * copy of each property name, and let other strings that were used as this name refer to it. Labels
 * that are property names are therefore compared by their addresses.
 */
function ownCopy(label) {
  if (typeof label !== 'string') return label
  const properties = { [Buffer.from(label, 'latin1').toString('latin1')]: undefined }
  properties[label] = undefined
  return Object.keys(properties)[0]
}

module.exports = { Series }
