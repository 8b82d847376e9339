'use strict'

// Sets the function that the native side calls in this thread when warnings wait and when a flush
// is done. All `vm` contexts of the thread share it.

const { isMainThread } = require('node:worker_threads')
const { threadState } = require('./thread-state.js')
const { forward } = require('./warnings.js')

// The number that stands for warnings, and the bit that is set in the number of a flush that is
// over before all of its records are settled; see `src/binding.rs`.
const WARNINGS = 0
const UNSETTLED = 2 ** 31

/**
 * Lets the native side call this thread. If that fails, other threads get the warnings, and each
 * flush of this thread waits until its timer ends it.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {boolean} wantsWarnings whether the logger of this thread may get warnings
 */
function listen(binding, wantsWarnings) {
  const state = threadState(binding)
  function onCall(number) {
    if (number === WARNINGS) forward(binding)
    else state.flushes.get(number % UNSETTLED)?.(number < UNSETTLED)
  }

  try {
    binding.listen(isMainThread, wantsWarnings, onCall)
    state.isListening = true
  } catch {}
}

module.exports = { listen }
