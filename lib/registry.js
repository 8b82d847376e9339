'use strict'

// What the copies of this package in one thread share. A copy is a second evaluation of its JavaScript: after a cleared
// `require.cache` or `jest.resetModules()`, in a bundle beside `node_modules`, or from a second installation.
//
// A `vm` context has a `globalThis` of its own, and so has a worker. What they share is kept by the native side.

const KEY = Symbol.for('@sim/hkm-native')

/**
 * What `versions` holds under this number: the exports of `lib/facade.js`. Raise it with each change to them, and with
 * each change to `binding.js`, which may be that of another copy. Copies of another version stay apart, with an engine
 * and endings of their own.
 */
const VERSION = 1

/**
 * The same in every version of the package.
 *
 * @typedef {object} Root
 * @property {Map<number, object>} versions what the first copy of each version made
 * @property {number | undefined} endsBy when an `exit` that has begun must be over, by `performance.now()`
 */

/** @type {Root} */
const root = findRoot() ?? addRoot()

function findRoot() {
  try {
    const found = globalThis[KEY]
    if (found?.versions instanceof Map) return found
  } catch {
    // Somebody else's, and it throws.
  }
  return undefined
}

function addRoot() {
  const value = { versions: new Map(), endsBy: undefined }
  try {
    Object.defineProperty(globalThis, KEY, { value, configurable: true, enumerable: false })
  } catch {
    // A global object that is frozen: this copy stays alone.
  }
  return value
}

/**
 * What the first copy of this version made.
 *
 * @template Made
 * @param {() => Made} make called if this is the first one
 * @returns {Made}
 */
function shared(make) {
  const known = root.versions.get(VERSION)
  if (known !== undefined) return known
  const made = make()
  root.versions.set(VERSION, made)
  return made
}

/**
 * When the `exit` that has begun must be over, by `performance.now()`. The first copy to ask decides: the process is
 * delayed once, whatever the number of copies.
 *
 * @param {number} timeoutMs milliseconds that an exit may be delayed
 */
function endOfExit(timeoutMs) {
  const now = performance.now()
  if (now <= root.endsBy + timeoutMs) return root.endsBy
  // The first exit, or another one: applications emit `exit` by themselves, and go on.
  const endsBy = now + timeoutMs
  // Does not throw if somebody has frozen the root.
  Reflect.set(root, 'endsBy', endsBy)
  return endsBy
}

module.exports = { endOfExit, shared }
