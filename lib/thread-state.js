'use strict'

// The state that all `vm` contexts of a thread share. Each context has its own `globalThis`, but
// all of them load the same binding object, so it holds this state.

const { own } = require('./properties.js')
const { VERSION } = require('./registry.js')

// Copies of another version can load the same binding.
const KEY = Symbol.for(`@sim/hkm-native ${VERSION}`)

/**
 * @typedef {object} ThreadState
 * @property {{ recorded: number, at: number }} lastFlush the number of records when the last flush
 *   began, and the time when it ended, by `performance.now()`
 * @property {number} endTimeoutMs the maximum delay of the end of the process
 * @property {boolean} isEndNear whether `beforeExit` was emitted after the last flush began
 * @property {boolean} isListening whether the native side can call this thread
 * @property {Map<number, (isSettled: boolean) => void>} flushes by the number of each flush that is
 *   not done, a function that ends the wait for it
 * @property {number} flushNumber the number of the last flush
 * @property {Map<number, object>} onDemand the flushes on demand that run, by their timeout; see
 *   `flush.js`
 * @property {WeakRef<{ write: (id: number, value: number) => void }>[]} rings of the contexts that
 *   record. A context that is no longer used can be collected.
 */

/**
 * @param {typeof import('../binding.js')} binding
 * @returns {ThreadState}
 */
function threadState(binding) {
  return own(binding, KEY) ?? addState(binding)
}

function addState(binding) {
  const value = {
    lastFlush: { recorded: -1, at: Number.NEGATIVE_INFINITY },
    endTimeoutMs: 0,
    isEndNear: false,
    isListening: false,
    flushes: new Map(),
    flushNumber: 0,
    onDemand: new Map(),
    rings: [],
  }
  Object.defineProperty(binding, KEY, { __proto__: null, value })
  return value
}

module.exports = { threadState }
