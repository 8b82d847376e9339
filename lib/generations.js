'use strict'

// A memory of the series of one metric with a limit: labels -> id. Nested maps hold the series in
// two generations. When the younger one is full, it becomes the older one, whose series are
// forgotten. A series that is found in the older one moves to the younger one, so series in use are
// kept. Small maps also keep the time short for which a record waits while a map grows.

const { append } = require('./properties.js')

class Generations {
  // Fields are defined. An assignment alone would call a setter of `Object.prototype`.
  labels
  limit
  onForget
  older
  younger
  series = 0
  characters = 0

  /**
   * @param {number} labels number of labels of a series, 0 to 4; further ones are `undefined`
   * @param {{ series: number, characters: number }} limit of one generation
   * @param {() => void} onForget called when a generation is forgotten
   */
  constructor(labels, limit, onForget = () => {}) {
    this.labels = labels
    this.limit = limit
    this.onForget = onForget
    this.older = new Map()
    this.begin()
  }

  begin() {
    this.younger = new Map()
    this.series = 0
    this.characters = 0
  }

  /** Returns `{ a, b, c, d, id }`, or `undefined` if the labels are not in memory. */
  find(a, b, c, d) {
    const found = this.search(this.younger, a, b, c, d)
    return found === undefined && this.older.size > 0 ? this.findOlder(a, b, c, d) : found
  }

  findOlder(a, b, c, d) {
    const found = this.search(this.older, a, b, c, d)
    if (found !== undefined) this.keep(found)
    return found
  }

  search(generation, a, b, c, d) {
    let found = generation.get(a)
    if (this.labels > 1 && found !== undefined) found = found.get(b)
    if (this.labels > 2 && found !== undefined) found = found.get(c)
    if (this.labels > 3 && found !== undefined) found = found.get(d)
    return found
  }

  /** Adds labels that are not in memory. */
  add(labels, id) {
    const own = labels.map(ownCopy)
    while (own.length < 4) append(own, undefined)
    this.keep({ a: own[0], b: own[1], c: own[2], d: own[3], id })
  }

  /** Adds `{ a, b, c, d, id }`. */
  keep(entry) {
    if (this.series >= this.limit.series || this.characters >= this.limit.characters) {
      this.older = this.younger
      this.begin()
      this.onForget()
    }
    const labels = [entry.a, entry.b, entry.c, entry.d].slice(0, this.labels)
    for (const label of labels) if (typeof label === 'string') this.characters += label.length
    this.series++
    const last = labels.pop()
    let level = this.younger
    for (const label of labels) {
      let next = level.get(label)
      if (next === undefined) {
        next = new Map()
        level.set(label, next)
      }
      level = next
    }
    level.set(last, entry)
  }
}

/**
 * Returns a copy of a label that keeps no other string alive and is fast to compare.
 *
 * A string that was cut out of a larger one keeps the larger one alive, so the characters are
 * copied. Engines keep one copy of each property name, and let other strings that were used as this
 * name refer to it. Labels that are property names are therefore compared by their addresses.
 */
function ownCopy(label) {
  if (typeof label !== 'string') return label
  const properties = { [copy(label)]: undefined }
  properties[label] = undefined
  return Object.keys(properties)[0]
}

/** Copies the characters. Engines store a text of one byte a character in half the memory. */
function copy(label) {
  const latin1 = Buffer.from(label, 'latin1').toString('latin1')
  return latin1 === label ? latin1 : Buffer.from(label, 'utf16le').toString('utf16le')
}

module.exports = { Generations, ownCopy }
