'use strict'

// Text of others in warnings and error messages: on one line, short, and without secrets.

// The maximum length of a warning, in UTF-16 code units.
const MAX_LENGTH = 1_000

// Characters that a terminal obeys, or that begin a line: a warning can quote variables and answers.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** What could be a key in place of a value: characters of Base64, mixed. The value is not shown then. */
const KEY = /^(?=.*[a-z])(?=.*([A-Z]|\d.*\d))[\w+/=-]{16,}$|^(AKIA|ASIA)|eyJ/s

/** Returns a text on one line, without characters that control a terminal. A long one is cut. */
function printable(text) {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
  return shown.replaceAll(CONTROL, ' ').toWellFormed()
}

/**
 * Returns any value as a short text on one line, for an error message. Hides the parts of a URL that
 * can hold a secret: user, password, query and fragment. Hides a text that could be a key, and one
 * that is longer than `max`.
 */
function show(value, max = Number.POSITIVE_INFINITY) {
  if (typeof value === 'string') {
    if (KEY.test(value) || value.length > max) return `a text of ${value.length} characters`
    return JSON.stringify(
      value
        .replace(/^.*@/s, '…@')
        .replace(/[?#].*$/s, '…')
        .slice(0, 40)
    )
  }
  return typeof value === 'object' || typeof value === 'function' ? typeof value : String(value)
}

module.exports = { printable, show }
