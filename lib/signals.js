'use strict'

// Signals on Unix. The native side handles those that nobody listens to; see
// `src/ending/signals.rs`. When the last listener of a signal is removed, the runtime restores the
// default action. The native handler must then be installed again before other code runs, because
// libraries such as signal-exit send the signal again right after they have removed their listener.
// No listener for a signal is added here.

const { own } = require('./properties.js')

const SIGNALS = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'])

/**
 * Keeps the native handlers installed. Call it once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 */
function keepHandlers(binding) {
  if (own(process.versions, 'bun')) return keepHandlersOnBun(binding)
  // Node's own listener, which restores the default action, was added before and runs first.
  process.on('removeListener', (name) => {
    if (SIGNALS.has(name)) binding.watchSignals(true)
  })
  // A listener may have been removed since the native side installed the handlers.
  binding.watchSignals(true)
}

/** Bun emits no `removeListener` for signals. Handlers are installed before the process sends one. */
function keepHandlersOnBun(binding) {
  const { kill } = process
  const wrapper = {
    kill(pid, signal) {
      // Zero and negative numbers stand for groups of processes, which may contain this one.
      if (pid === process.pid || !(pid > 0)) binding.watchSignals(false)
      return kill.call(this, pid, signal)
    },
  }
  // Unlike an assignment, this does not throw if the property is read-only.
  Reflect.set(process, 'kill', wrapper.kill)
}

module.exports = { keepHandlers }
