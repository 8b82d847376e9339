'use strict'

// Starts the native threads. The system may start none at the first record, for example because the
// process has as many threads or file descriptors as it may have. It is then tried again.

const { setTimeout } = require('node:timers')

// Milliseconds between two attempts.
const PAUSE_MS = 500

/**
 * Starts the native threads now or later. Does not keep the process alive.
 *
 * @param {typeof import('../binding.js')} binding
 */
function startThreads(binding) {
  try {
    // It returns `undefined` in a worker that is being terminated.
    if (binding.startThreads() !== false) return
    // A test may have replaced the timers.
    setTimeout(startThreads, PAUSE_MS, binding)?.unref?.()
  } catch {}
}

module.exports = { startThreads }
