'use strict'

// Sends the records before the process ends. Exit codes, signals and stack traces stay the same as
// without the package. JavaScript flushes at `beforeExit` and `exit`. The native side flushes after
// `exit`, and when a signal or a crash ends the process; see `src/ending.rs`.

const {
  flushAtExit,
  flushBeforeExit,
  hasJustFlushed,
  nearEnd,
  releaseWarnings,
} = require('./flush.js')
const { own, property } = require('./properties.js')
const { addStart, startOthers } = require('./registry.js')
const { keepHandlers } = require('./signals.js')
const { warnLimited } = require('./warnings.js')

const IS_WINDOWS = process.platform === 'win32'

/**
 * Installs the handlers. Call it once, in the main thread.
 *
 * @param {typeof import('../binding.js')} binding
 * @param {object} options
 * @param {number} options.timeoutMs maximum delay of the end, in milliseconds
 * @param {boolean} options.handlesSignals whether signals are delayed too
 * @param {(settle: () => void) => void} options.onRecord makes each further record call `settle`
 */
function installEnding(binding, { timeoutMs, handlesSignals, onRecord }) {
  async function send() {
    try {
      await flushBeforeExit(binding, timeoutMs)
    } catch (error) {
      warnLimited('flush', `Metrics could not be flushed: ${error}`)
    }
  }

  function sendNow() {
    try {
      flushAtExit(binding)
    } catch (error) {
      warnLimited('flush', `Metrics could not be flushed: ${error}`)
    }
  }

  const start = () => binding.startEnd(true)
  addStart(start)

  // The pending promise keeps the process alive. When it has settled, `beforeExit` is emitted
  // again. If listeners record each time, their last records are sent at `exit`.
  process.prependListener('beforeExit', (code) => {
    nearEnd(binding)
    // Bun also emits `beforeExit` after an exception, and does not wait for promises then. Bun 1.3
    // does not emit `exit` after an exception in a worker. On Node, another exit code than 0 is
    // left to `exit`.
    if (code !== 0 && own(process.versions, 'bun')) exit()
    else if (code === 0 && !hasJustFlushed(binding)) send()
    else releaseWarnings(binding)
  })

  function exit() {
    startOthers(start)
    sendNow()
    if (IS_WINDOWS) onRecord(sendNow)
  }

  // A listener that is added while `exit` is emitted is not called.
  if (!property(process, '_exiting')) {
    process.on('exit', exit)
    // If another listener throws, those behind it are not called. Elsewhere the native side flushes then.
    if (IS_WINDOWS) process.prependListener('exit', sendNow)
  } else if (IS_WINDOWS) exit()

  if (!handlesSignals) return
  if (IS_WINDOWS) require('./windows.js').listenToSignals({ send, sendNow })
  else keepHandlers(binding)
}

module.exports = { installEnding }
