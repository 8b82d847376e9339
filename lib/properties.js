'use strict'

// Reads properties of objects that other code made, and ignores those of `Object.prototype`. Code
// that merges untrusted JSON into objects can add properties there ("prototype pollution"), and
// every object inherits them.

const BASE = Object.prototype

/** Returns an own property of an object, or `undefined`. */
function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Returns a property that a value or its class has, or `undefined`. */
function property(value, name) {
  if (value === undefined || value === null) return undefined
  if (!(name in BASE)) return value[name]
  for (let holder = Object(value); holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (holder !== BASE && Object.hasOwn(holder, name)) return value[name]
  }
  return undefined
}

/** Appends to an array. Unlike `push`, this calls no setter, and does not throw if the array is frozen. */
function append(array, value) {
  const descriptor = {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  }
  Reflect.defineProperty(array, array.length, descriptor)
}

/** Returns an ordinary object with these properties of a value or its class, without those that are `undefined`. */
function pick(object, names) {
  const picked = Object.create(null)
  names.forEach((name) => {
    const value = property(object, name)
    if (value !== undefined) picked[name] = value
  })
  // Unlike an assignment, this calls no setter of `Object.prototype`.
  return { ...picked }
}

/** Makes an object no promise for who awaits it, even if `Object.prototype` has a function `then`. */
function settlesWith(object) {
  return Object.defineProperty(object, 'then', { __proto__: null, value: undefined })
}

/** Whether code has added one of these properties to `Object.prototype`. Calls no getter. */
function addsLabels(keys) {
  return keys.some((key) => key in BASE)
}

/**
 * Returns labels without those that only `Object.prototype` has.
 *
 * @throws {TypeError} if there are no labels
 */
function withoutAdded(labels, keys) {
  if (labels === undefined || labels === null) throw new TypeError('there are no labels')
  const given = Object.create(null)
  keys.forEach((key) => {
    given[key] = property(labels, key)
  })
  return given
}

/**
 * Returns a copy of labels, which the caller may change. Labels that cannot be read are returned as they are:
 * each record with them is refused.
 */
function copyOf(labels, keys) {
  if (labels === undefined || labels === null) return labels
  try {
    return pick(labels, keys)
  } catch {
    return labels
  }
}

module.exports = { addsLabels, append, copyOf, own, pick, property, settlesWith, withoutAdded }
