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

/** Whether code has added a label to `Object.prototype`. Calls no getter. */
function addsLabels() {
  return 'provider' in BASE || 'tool' in BASE || 'key' in BASE || 'reason' in BASE
}

/**
 * Returns labels that inherit nothing from `Object.prototype`.
 *
 * @throws {TypeError} if there are no labels
 */
function withoutAdded(labels) {
  if (labels === undefined || labels === null) throw new TypeError('there are no labels')
  return {
    __proto__: null,
    get provider() {
      return property(labels, 'provider')
    },
    get tool() {
      return property(labels, 'tool')
    },
    get key() {
      return property(labels, 'key')
    },
    get reason() {
      return property(labels, 'reason')
    },
  }
}

/** Returns labels without those of `Object.prototype`. It is called for each record. */
function ownLabels(labels) {
  return addsLabels() ? withoutAdded(labels) : labels
}

module.exports = { append, own, ownLabels, property }
