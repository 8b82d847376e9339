'use strict'

// The state that copies of this package share under a symbol of `globalThis`. A copy is an
// evaluation of the package's JavaScript. A thread has several after `require.cache` was cleared or
// `jest.resetModules()` was called, with a bundle beside `node_modules`, or with two installations.
//
// Each worker and each `vm` context has its own `globalThis`. They share the state that the native
// side holds.

const { append, own } = require('./properties.js')

const KEY = Symbol.for('@sim/hkm-native')

/**
 * The key of the exports of `lib/facade.js` in `versions`. Raise it with each change to these
 * exports, to a `part`, to `lib/thread-state.js` or to `binding.js`, because a copy may use the binding of
 * another one. Copies of different versions share nothing but the start of the flush when the
 * process exits. Each version has its own engine and handles the end of the process itself.
 */
const VERSION = 8

/**
 * The shared object. It has the same properties in every version of the package.
 *
 * @typedef {object} Root
 * @property {Map<number | string, object>} versions the exports of the first copy of each version, and the
 *   parts of its state
 * @property {(() => void)[]} starts one function of each copy that handles the end. It sets the
 *   copy's deadline, requests a flush and does not wait.
 */

/** @type {Root} */
const root = findRoot() ?? addRoot()

function findRoot() {
  try {
    const found = own(globalThis, KEY)
    if (found?.versions instanceof Map && Array.isArray(found.starts)) return found
  } catch {
    // The value is from other code, and throws when it is read.
  }
  return undefined
}

function addRoot() {
  const value = { versions: new Map(), starts: [] }
  try {
    Object.defineProperty(globalThis, KEY, { __proto__: null, value, configurable: true })
  } catch {
    // The global object is frozen, so this copy shares nothing.
  }
  return value
}

/**
 * Returns what the first copy of this version made.
 *
 * @template Made
 * @param {string[]} names the properties that it must have; other code may have set the value
 * @param {() => Made} make called if there is no such value
 * @returns {Made}
 */
function shared(names, make) {
  const known = root.versions.get(VERSION)
  if (known && names.every((name) => own(known, name) !== undefined)) return known
  const made = make()
  if (known === undefined) root.versions.set(VERSION, made)
  return made
}

/**
 * Returns a part of the state of this thread. A module is evaluated anew after `require.cache` was cleared,
 * as by a hot reload or `jest.resetModules()`, and files are loaded at their first use. All evaluations
 * therefore keep what changes in such a part.
 *
 * @template Part
 * @param {string} name
 * @param {() => Part} make called by the first one
 * @returns {Part}
 */
function part(name, make) {
  const key = `${VERSION} ${name}`
  const known = root.versions.get(key)
  if (known !== undefined) return known
  const made = make()
  root.versions.set(key, made)
  return made
}

/** Adds a function that starts to send a copy's records when another copy begins to wait at an exit. */
function addStart(start) {
  // Unlike `push`, this does not throw if the root is frozen.
  append(root.starts, start)
}

/**
 * Lets the other copies start to send before this one waits for its own records. The waits of all
 * copies begin at the same time, so the number of copies does not change how long an exit is delayed.
 *
 * @param {() => void} own the caller's function in `starts`, which is not called
 */
function startOthers(own) {
  for (const start of root.starts) {
    try {
      if (start !== own) start()
    } catch {
      // That copy tries again when it waits.
    }
  }
}

module.exports = { addStart, part, shared, startOthers, VERSION }
