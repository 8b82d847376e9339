'use strict'

// Passes warnings to the logger of this thread. An error of the logger is ignored, so it never
// fails a record or ends the process.

const { property } = require('./properties.js')
const { part } = require('./registry.js')

const PREFIX = '[HostedKeyMetrics]'

// The maximum length of a warning, in UTF-16 code units.
const MAX_LENGTH = 1_000

// Characters that a terminal obeys, or that begin a line: a warning can quote variables and answers.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

const state = part('warnings', () => ({ logger: console }))

/** @param {{ warn(message: string): void }} chosen */
function setLogger(chosen) {
  state.logger = chosen
}

/** Returns a text on one line, without characters that control a terminal. A long one is cut. */
function printable(text) {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
  return shown.replaceAll(CONTROL, ' ').toWellFormed()
}

/** Gives a warning to the logger. Ignores what the logger throws or rejects with. */
function warn(message) {
  try {
    const told = state.logger.warn(`${PREFIX} ${printable(message)}`)
    if (typeof property(told, 'then') === 'function') told.then(undefined, () => {})
  } catch {}
}

/** Passes on the waiting warnings of the native side, which limits their rate. */
function forward(binding) {
  for (const message of binding.takeWarnings() ?? []) warn(message)
}

module.exports = { forward, printable, setLogger, warn }
