'use strict'

// Passes warnings to the logger of this thread. An error of the logger is ignored, so it never
// fails a record or ends the process.

const { property } = require('./properties.js')

const PREFIX = '[HostedKeyMetrics]'

let logger = console

/** @param {{ warn(message: string): void }} chosen */
function setLogger(chosen) {
  logger = chosen
}

/** Gives a warning to the logger. Ignores what the logger throws or rejects with. */
function warn(message) {
  try {
    const told = logger.warn(`${PREFIX} ${message}`)
    if (typeof property(told, 'then') === 'function') told.then(undefined, () => {})
  } catch {}
}

/** Passes on the waiting warnings of the native side, which limits their rate. */
function forward(binding) {
  for (const message of binding.takeWarnings() ?? []) warn(message)
}

module.exports = { forward, setLogger, warn }
