'use strict'

// Signals on Windows. Native code cannot delay the end of the process there, so JavaScript listens
// to the signals, and ends the process when the records are sent.

const { own } = require('./properties.js')

// By the name of each signal, the number that its exit code contains.
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGBREAK: 21 }

// Milliseconds to wait until a signal that the process sends to itself has ended it.
const SIGNAL_GRACE_MS = 100

// Marks the signal listeners of this package. Its value holds whether the copy has begun to end the
// process. Copies that share nothing else find each other by it: copies of another version, and
// copies in another `vm` context with another binary.
const ENDING = Symbol.for('@sim/hkm-native')

/**
 * Listens to the signals that end a process. A signal that others listen to only causes a flush.
 *
 * @param {object} flushes
 * @param {() => Promise<void>} flushes.send sends the records
 * @param {() => void} flushes.sendNow sends the records, and blocks the thread
 */
function listenToSignals({ send, sendNow }) {
  const ending = { isBegun: false }
  for (const signal of Object.keys(SIGNALS)) {
    const number = SIGNALS[signal]
    const onSignal = async () => {
      // This listener is called first, so listeners that remove themselves are still in the list.
      if (process.listeners(signal).some((listener) => !own(listener, ENDING))) return send()
      // A second signal ends the process at once.
      if (!ending.isBegun) {
        ending.isBegun = true
        await send()
        sendNow()
      }
      process.removeListener(signal, onSignal)
      // The last copy that has sent its records ends the process.
      if (process.listeners(signal).some((listener) => own(listener, ENDING)?.isBegun)) return
      // The signal ends the process, as it would without the package.
      process.kill(process.pid, signal)
      setTimeout(() => process.exit(128 + number), SIGNAL_GRACE_MS)
    }

    Object.defineProperty(onSignal, ENDING, { __proto__: null, value: ending })
    process.prependListener(signal, onSignal)
  }
}

module.exports = { listenToSignals }
