'use strict'

// The end of the process. Nothing recorded may be lost to it, and nothing about it may change: exit codes,
// signals and stack traces stay what they were. Handled in JavaScript, because native hooks do not run after
// `process.exit` or an exception on every runtime.

const { forward, warn } = require('./warnings.js')

const SIGNALS = { SIGINT: 2, SIGTERM: 15 }

// How long a signal that the process sent itself may take to end it. It has no effect on PID 1.
const SIGNAL_GRACE_MS = 100

// `exit` follows a `beforeExit` that changed nothing within this time; later, it is another ending.
const SAME_ENDING_MS = 1_000

/**
 * Installs the handlers, once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {number} timeoutMs the longest that an ending is held up
 */
function installShutdown(binding, timeoutMs) {
  // How many records there were, and when, as an ending was held up for them in vain.
  let vain = { recorded: -1, at: 0 }

  async function flush() {
    try {
      // What is recorded meanwhile is for another flush.
      const { recorded } = binding.progress()
      await binding.flush(timeoutMs)
      const { unsettled } = binding.progress()
      if (unsettled > 0) vain = { recorded, at: performance.now() }
      forward(binding)
    } catch (error) {
      warn(`Metrics could not be flushed: ${error}`)
    }
  }

  function isWorthWaiting() {
    const { recorded, unsettled } = binding.progress()
    const wasInVain = recorded === vain.recorded && performance.now() - vain.at < SAME_ENDING_MS
    return unsettled > 0 && !wasInVain
  }

  // The pending promise keeps the process alive; when it has settled, Node asks once more.
  process.on('beforeExit', () => {
    if (isWorthWaiting()) flush()
  })

  binding.handleEnd()
  process.on('exit', () => {
    try {
      if (isWorthWaiting()) binding.flushBlocking(timeoutMs)
      forward(binding)
    } catch (error) {
      warn(`Metrics could not be flushed: ${error}`)
    }
  })

  for (const [signal, number] of Object.entries(SIGNALS)) {
    let isEnding = false

    const onSignal = async () => {
      // First in line, so that listeners that remove themselves are still counted.
      const isOurs = process.listenerCount(signal) === 1
      if (isOurs && isEnding) return end()
      isEnding = true
      await flush()
      if (isOurs) end()
    }

    // Dies of the signal, as it would have without us.
    const end = () => {
      process.removeListener(signal, onSignal)
      process.kill(process.pid, signal)
      setTimeout(() => process.exit(128 + number), SIGNAL_GRACE_MS)
    }

    process.prependListener(signal, onSignal)
  }
}

module.exports = { installShutdown }
