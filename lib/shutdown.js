'use strict'

// The end of the process. Nothing recorded may be lost to it, and nothing about it may change: exit codes,
// signals and stack traces stay what they were. Handled in JavaScript, because native hooks do not run after
// `process.exit` or an exception on every runtime.

const { flush, flushBlocking, giveUp, hasJustFlushed, nearEnd } = require('./flush.js')
const { endOfExit } = require('./registry.js')
const { warn } = require('./warnings.js')

const SIGNALS = { SIGINT: 2, SIGTERM: 15 }

// How long a signal that the process sent itself may take to end it. It has no effect on PID 1.
const SIGNAL_GRACE_MS = 100

// Set on the package's own listeners of signals, to whether they end the process. Copies that share nothing else find
// each other by it: of another version, or in another `vm` context with another binary.
const ENDING = Symbol.for('@sim/hkm-native')

/**
 * Installs the handlers, once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {number} timeoutMs the longest that an ending is held up
 * @param {(settle: () => void) => void} onExit told once nothing will be flushed any more unless `settle` is called
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

  // The pending promise keeps the process alive; when it has settled, `beforeExit` comes again. What its listeners
  // record every time is left to `exit`.
  process.prependListener('beforeExit', (code) => {
    nearEnd()
    // Bun comes here after an exception too, and waits for nothing: `exit` is next.
    if (code === 0 && !hasJustFlushed()) send()
  })

  function exit() {
    const end = endOfExit(timeoutMs)
    sendUntil(end)
    onExit(() => sendUntil(end))
  }

  // Listeners that are added while `exit` is emitted are not called.
  if (process._exiting) exit()
  else process.on('exit', exit)

  const ending = { isBegun: false }
  for (const [signal, number] of Object.entries(SIGNALS)) {
    const onSignal = async () => {
      // First in line, so that listeners that remove themselves are still there.
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
      // The last copy to have sent its records ends the process.
      if (process.listeners(signal).some((listener) => listener[ENDING]?.isBegun)) return
      // Dies of the signal, as it would have without us.
      process.kill(process.pid, signal)
      setTimeout(() => process.exit(128 + number), SIGNAL_GRACE_MS)
    }

    onSignal[ENDING] = ending
    process.prependListener(signal, onSignal)
  }
}

module.exports = { installShutdown }
