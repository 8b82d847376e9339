'use strict'

// Remembers the series of one metric in one thread: labels -> id. A table finds most series without
// the maps behind it. A place of the table holds one series. Series that share a place replace each
// other, which costs a look-up in the maps.
//
// The table is one array, in which the labels of a series are next to its id: with thousands of series, the
// time of a look-up is that of the cache lines that it reads.

const { Generations, ownCopy } = require('./generations.js')
const { isLong } = require('./label.js')

const LEAST_PLACES = 32
const MOST_PLACES = 2 ** 16
/** The maximum number of elements of a table. A series of many labels takes many of them. */
const MOST_ELEMENTS = 5 * MOST_PLACES
/** The number of labels up to which they are found one by one. Further labels are found by one text. */
const FEW = 4
/**
 * The minimum number of places for each series, up to `MOST_PLACES` in total. It keeps the number
 * of series that share a place small.
 */
const PLACES_A_SERIES = 8

/** Limits of a generation of series that have their labels for themselves, or few of them. */
const OWN = { series: 2 ** 16, characters: 2 ** 25 }
/** Limits of a generation of labels of which any number share a series. */
const SHARED = { series: 2 ** 12, characters: 2 ** 20 }

/**
 * The number of places, one after the other, in which a series of many labels can be: without the table, it takes
 * microseconds and memory to find.
 */
const PROBES = 4

/** Spreads the marks of many labels over a hash. */
const SPREAD = 0x9e3779b1

/** Fills an empty place. No label equals it. */
const NONE = Symbol('none')

class Series {
  // Fields are defined. An assignment alone would call a setter of `Object.prototype`.
  own
  shared
  once
  /** Elements of a place: labels, and the id. Of up to `FEW` labels, there are `FEW`. */
  size
  mask = 0
  recent = []
  /** Which labels are folded, once that is known. @type {import('./overflow.js').Overflow | null | undefined} */
  overflow

  /** @param {number} labels number of labels of a series. Of up to `FEW`, further ones are `undefined`. */
  constructor(labels) {
    this.size = Math.max(labels, FEW) + 1
    // What is forgotten must not stay in the table.
    const clear = () => this.setPlaces(this.mask + 1)
    this.own = new Generations(labels > FEW ? 1 : labels, OWN, clear)
    this.shared = new Generations(labels, SHARED, clear)
    /**
     * Labels of which any number share a series, by one text. They are added to `shared` when they
     * are found again: most of them never are, and adding them here takes a tenth of the time.
     */
    this.once = new Generations(1, SHARED)
    this.setPlaces(LEAST_PLACES)
  }

  setPlaces(places) {
    this.mask = places - 1
    this.recent = new Array(places * this.size).fill(NONE)
  }

  /** Returns the id of a series, or `undefined` if it is not in memory. */
  find(a, b, c, d) {
    const { recent } = this
    const at = (hash(a, b, c, d) & this.mask) * (FEW + 1)
    const isFound =
      recent[at] === a && recent[at + 1] === b && recent[at + 2] === c && recent[at + 3] === d
    return isFound ? recent[at + FEW] : this.findOther(at, a, b, c, d)
  }

  /**
   * As `find`, for a series that is not in its first place, which begins at the element `first`. Another series
   * may be there. Then the series is in the next place.
   */
  findOther(first, a, b, c, d) {
    const { recent } = this
    const next = (first + this.size) % recent.length
    if (
      recent[next] === a &&
      recent[next + 1] === b &&
      recent[next + 2] === c &&
      recent[next + 3] === d
    ) {
      return recent[next + FEW]
    }
    if (this.overflow?.takes(a, b, c, d)) return this.overflow.id
    const found = this.search(a, b, c, d)
    if (found === undefined) return undefined
    const at = recent[first] !== NONE && recent[next] === NONE ? next : first
    // The labels of the caller may keep larger strings alive.
    recent[at] = found.a
    recent[at + 1] = found.b
    recent[at + 2] = found.c
    recent[at + 3] = found.d
    recent[at + FEW] = found.id
    return found.id
  }

  search(a, b, c, d) {
    // An engine may read the whole of a text to find it.
    if (isLong(a) || isLong(b) || isLong(c) || isLong(d)) return undefined
    return this.own.find(a, b, c, d) ?? this.shared.find(a, b, c, d)
  }

  /** Returns the id of labels that `find` does not find, by `join` of their texts. */
  recall(labels, joined) {
    const found = this.once.find(joined)
    if (found === undefined) return undefined
    if (!labels.some(isLong)) this.add(this.shared, labels, found.id)
    return found.id
  }

  /** Keeps the id of labels that are not in memory. `isShared`: any number of labels can have it. */
  remember(labels, joined, id, isShared) {
    if (isShared || labels.some(isLong))
      this.once.keep({ a: joined, b: undefined, c: undefined, d: undefined, id })
    else this.add(this.own, labels, id)
  }

  /** Returns the first element of the first place in which many labels can be. */
  placeOf(labels) {
    let hash = 0
    for (let at = 0; at < labels.length; at++) hash = Math.imul(hash ^ mark(labels[at]), SPREAD)
    return ((hash ^ (hash >>> 15)) & this.mask) * this.size
  }

  /** Returns the id of many labels that are in the table, from the element `first` on, or `undefined`. */
  findPlaced(labels, first) {
    const { recent, size } = this
    let at = first
    for (let probe = 0; probe < PROBES; probe++) {
      let index = 0
      while (index < labels.length && recent[at + index] === labels[index]) index++
      if (index === labels.length) return recent[at + index]
      at = (at + size) % recent.length
    }
    return undefined
  }

  /**
   * Returns the id of many labels by `join` of their texts, and keeps them in the table. `first` is the
   * first element of the first place in which they can be.
   */
  findMany(labels, joined, first) {
    const known = this.own.find(joined)
    if (known === undefined) return this.once.find(joined)?.id
    if (first === undefined) return known.id
    const { recent, size } = this
    let at = first
    for (let probe = 1; probe < PROBES && recent[at] !== NONE; probe++)
      at = (at + size) % recent.length
    if (recent[at] !== NONE) at = first
    labels.forEach((label, index) => {
      recent[at + index] = ownCopy(label)
    })
    recent[at + labels.length] = known.id
    return known.id
  }

  /** As `remember`, for many labels. */
  rememberMany(labels, joined, id, isShared) {
    if (isShared || labels.some(isLong))
      this.once.keep({ a: joined, b: undefined, c: undefined, d: undefined, id })
    else this.add(this.own, [joined], id)
  }

  add(generations, labels, id) {
    generations.add(labels, id)
    const series = this.own.series + this.shared.series
    const places = this.mask + 1
    const most = MOST_ELEMENTS / this.size
    if (series * PLACES_A_SERIES > places && places * 2 <= most) this.setPlaces(places * 2)
  }
}

/**
 * Returns one text for the texts of labels. Labels that differ give texts that differ. `join`
 * copies the characters, so that no label is kept alive.
 */
function join(texts) {
  return [...texts.map((text) => text?.length ?? '-'), ...texts].join(' ')
}

/** Returns a hash of labels. Its lowest bits differ for most series of an application. */
function hash(a, b, c, d) {
  let mixed = Math.imul(mark(a), 0x9e3779b1) ^ Math.imul(mark(b), 0x85ebca6b)
  mixed ^= Math.imul(mark(c), 0xc2b2ae35) ^ Math.imul(mark(d), 0x27d4eb2f)
  return mixed ^ (mixed >>> 15)
}

/** Returns a number made from the length, the last two characters and the middle one of a label. */
function mark(label) {
  if (typeof label !== 'string' || label.length === 0) return 0
  const last = label.length - 1
  const end = Math.imul(label.charCodeAt(last), 31)
  const beforeEnd = Math.imul(label.charCodeAt(last === 0 ? 0 : last - 1), 4099)
  return last + end + beforeEnd + Math.imul(label.charCodeAt(last >> 1), 1021)
}

module.exports = { FEW, PROBES, Series, join, mark, OWN, SHARED, SPREAD }
