'use strict'

// Warnings on their way to the user's logger.

const PREFIX = '[HostedKeyMetrics]'

let logger = console

/** @param {{ warn(message: string): void }} chosen */
function setLogger(chosen) {
  logger = chosen
}

/** Tells the user. A logger that throws or rejects is the user's, and must not fail a record or the process. */
function warn(message) {
  try {
    const told = logger.warn(`${PREFIX} ${message}`)
    if (typeof told?.then === 'function') told.then(undefined, () => {})
  } catch {}
}

/** Passes on the warnings of the native side, which limits their rate. */
function forward(binding) {
  for (const message of binding.takeWarnings() ?? []) warn(message)
}

module.exports = { forward, setLogger, warn }
