'use strict'

// The series of a metric that this thread knows: labels -> id, in nested maps, and in front of them a table that finds
// most of what is recorded without them. A place of the table holds one series: those that share it take it from one
// another, which costs a look-up in the maps.

const LEAST_PLACES = 64
const MOST_PLACES = 2 ** 16
/** How many places there are for each series, so that few share one. */
const PLACES_A_SERIES = 4

/** Where there is no series: nothing equals its first label. */
const NONE = { a: Number.NaN, b: undefined, c: undefined, d: undefined, id: 0 }

class Series {
  /** @param {number} labels how many a series has, 1 to 4; further ones are `undefined` */
  constructor(labels) {
    this.labels = labels
    this.byLabels = new Map()
    this.count = 0
    this.setPlaces(LEAST_PLACES)
  }

  setPlaces(places) {
    this.mask = places - 1
    this.recent = new Array(places).fill(NONE)
  }

  /** The id of a series; `undefined` when it is not known. */
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

  /** Remembers the id of labels that are not known. */
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

/** A number for labels, of which the lowest bits differ for most that an application has. */
function hash(a, b, c, d) {
  let mixed = Math.imul(mark(a), 0x9e3779b1) ^ Math.imul(mark(b), 0x85ebca6b)
  mixed ^= Math.imul(mark(c), 0xc2b2ae35) ^ Math.imul(mark(d), 0x27d4eb2f)
  return mixed ^ (mixed >>> 15)
}

/** Tells a label from most others by its length, its last character and the one in the middle. */
function mark(label) {
  if (typeof label !== 'string' || label.length === 0) return 0
  const last = label.length - 1
  return last + Math.imul(label.charCodeAt(last), 31) + Math.imul(label.charCodeAt(last >> 1), 1021)
}

/**
 * A text that was cut out of a larger one keeps that alive; what is remembered is printable ASCII. Of the names of
 * properties, engines keep one copy each, and put it in the place of other texts that were used as one: such labels
 * are compared by their addresses.
 */
function ownCopy(label) {
  if (typeof label !== 'string') return label
  const properties = { [Buffer.from(label, 'latin1').toString('latin1')]: undefined }
  properties[label] = undefined
  return Object.keys(properties)[0]
}

module.exports = { Series }
