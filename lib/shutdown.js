'use strict'

// Sends the records before the process ends. Exit codes, signals and stack traces stay the same as
// without the package. The handlers are in JavaScript, because native hooks do not run after
// `process.exit` or an exception on every runtime.

const { flush, flushBlocking, giveUp, hasJustFlushed, nearEnd, startFlush } = require('./flush.js')
const { addStart, endOfExit } = require('./registry.js')
const { warn } = require('./warnings.js')

const SIGNALS = { SIGINT: 2, SIGTERM: 15 }

// Milliseconds to wait until a signal that the process sends to itself has ended it. Such a signal
// does not end PID 1.
const SIGNAL_GRACE_MS = 100

// Marks the signal listeners of this package. Its value holds whether the copy has begun to end the
// process. Copies that share nothing else find each other by it: copies of another version, and
// copies in another `vm` context with another binary.
const ENDING = Symbol.for('@sim/hkm-native')

/**
 * Installs the handlers. Call it once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {number} timeoutMs maximum delay of the end, in milliseconds
 * @param {(settle: () => void) => void} onExit called after the last flush. Further records are
 *   sent only if `settle` is called after them.
 */
function installShutdown(binding, timeoutMs, onExit) {
  const deadline = () => performance.now() + timeoutMs

  async function send() {
    try {
      await flush(binding, timeoutMs)
    } catch (error) {
      warn(`Metrics could not be flushed: ${error}`)
    }
  }

  function sendUntil(end) {
    try {
      flushBlocking(binding, end - performance.now())
    } catch (error) {
      warn(`Metrics could not be flushed: ${error}`)
    }
  }

  const start = () => startFlush(binding)
  addStart(start)

  // The pending promise keeps the process alive. When it has settled, `beforeExit` is emitted
  // again. If listeners record each time, their last records are sent at `exit`.
  process.prependListener('beforeExit', (code) => {
    nearEnd(binding)
    // Bun also emits `beforeExit` after an exception, and waits for nothing then. Bun 1.3 does not
    // emit `exit` after an exception in a worker.
    if (code !== 0 && process.versions.bun) sendUntil(endOfExit(timeoutMs, start))
    else if (code === 0 && !hasJustFlushed(binding)) send()
  })

  function exit() {
    const end = endOfExit(timeoutMs, start)
    sendUntil(end)
    onExit(() => sendUntil(end))
  }

  // A listener that is added while `exit` is emitted is not called.
  if (process._exiting) exit()
  else process.on('exit', exit)

  const ending = { isBegun: false }
  for (const [signal, number] of Object.entries(SIGNALS)) {
    const onSignal = async () => {
      // This listener is called first, so listeners that remove themselves are still in the list.
      if (process.listeners(signal).some((listener) => !listener[ENDING])) return send()
      if (ending.isBegun) {
        giveUp(binding)
        sendUntil(performance.now())
      } else {
        ending.isBegun = true
        const end = deadline()
        await send()
        sendUntil(end)
      }
      process.removeListener(signal, onSignal)
      // The last copy that has sent its records ends the process.
      if (process.listeners(signal).some((listener) => listener[ENDING]?.isBegun)) return
      // The signal ends the process, as it would without the package.
      process.kill(process.pid, signal)
      setTimeout(() => process.exit(128 + number), SIGNAL_GRACE_MS)
    }

    onSignal[ENDING] = ending
    process.prependListener(signal, onSignal)
  }
}

module.exports = { installShutdown }
