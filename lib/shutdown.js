'use strict'

// The end of the process. Nothing recorded may be lost to it, and nothing about it may change: exit codes,
// signals and stack traces stay what they were. Handled in JavaScript, because native hooks do not run after
// `process.exit` or an exception on every runtime.

const { forward } = require('./warnings.js')

const SIGNALS = { SIGINT: 2, SIGTERM: 15 }

// How long a signal that the process sent itself may take to end it. It has no effect on PID 1.
const SIGNAL_GRACE_MS = 100

/**
 * Installs the handlers, once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {number} timeoutMs the longest that an ending is held up
 */
function installShutdown(binding, timeoutMs) {
  // Records made when an ending was last held up for them in vain: it is not held up for them again.
  let givenUpAt = -1

  async function flush() {
    await binding.flush(timeoutMs)
    const { recorded, unsettled } = binding.progress()
    if (unsettled > 0) givenUpAt = recorded
    forward(binding)
  }

  function isWaitingFor() {
    const { recorded, unsettled } = binding.progress()
    return unsettled > 0 && recorded !== givenUpAt
  }

  // The pending promise keeps the process alive; when it has settled, Node asks once more.
  process.on('beforeExit', () => {
    if (isWaitingFor()) flush()
  })

  process.on('exit', () => {
    if (isWaitingFor()) binding.flushBlocking(timeoutMs)
    forward(binding)
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
