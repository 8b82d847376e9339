'use strict'

// Signals on Unix. The native side handles those that nobody listens to; see
// `src/ending/signals.rs`. When the last listener of a signal is removed, its default action is
// back, and the native handler must be installed again before the next instruction: libraries such
// as signal-exit remove their listener and then send the signal to the own process.

const SIGNALS = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'])

/**
 * Keeps the native handlers installed. Call it once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 */
function keepHandlers(binding) {
  if (process.versions.bun) return keepHandlersOnBun(binding)
  // The listener of Node, which removes its own handler, was added before.
  process.on('removeListener', (name) => {
    if (SIGNALS.has(name)) binding.watchSignals(true)
  })
  // The handlers were installed before, but a listener may have been removed since.
  binding.watchSignals(true)
}

/** Bun emits no `removeListener` for signals. */
function keepHandlersOnBun(binding) {
  const { kill } = process
  // Unlike an assignment, this does not throw if the property is read-only.
  Reflect.set(process, 'kill', function (pid, signal) {
    if (pid === process.pid) binding.watchSignals(false)
    return kill.call(this, pid, signal)
  })
}

module.exports = { keepHandlers }
