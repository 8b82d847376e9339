'use strict'

// Warnings on their way to the user's logger.

const PREFIX = '[HostedKeyMetrics]'

let logger = console

/** @param {{ warn(message: string): void }} chosen */
function setLogger(chosen) {
  logger = chosen
}

/** Tells the user. A logger that throws is the user's, and must not fail a record. */
function warn(message) {
  try {
    logger.warn(`${PREFIX} ${message}`)
  } catch {}
}

/** Passes on what the native side has to tell; it limits the rate. */
function forward(binding) {
  for (const message of binding.takeWarnings()) warn(message)
}

module.exports = { forward, setLogger, warn }
