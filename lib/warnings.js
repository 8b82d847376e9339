'use strict'

// Passes warnings to the logger of this thread. An error of the logger is ignored, so it never
// fails a record or ends the process.

const { now } = require('./clock.js')
const { property } = require('./properties.js')
const { part } = require('./registry.js')
const { printable } = require('./show.js')

const PREFIX = '[hkm-native]'

const MINUTE_MS = 60_000

/** The maximum number of warnings in a minute that are the first of what they are about. See `core/src/warning.rs`. */
const MOST_FIRST = 10

/**
 * The logger; and by the kind of warnings, when the minute began in which they are counted, the number that
 * was given in it, and the number that was held back since the last one.
 *
 * @type {{
 *   logger: { warn(message: string): void },
 *   kinds: Map<string, { since: number, given: number, heldBack: number }>,
 * }}
 */
const state = part('warnings', () => ({ logger: console, kinds: new Map() }))

/** @param {{ warn(message: string): void }} chosen */
function setLogger(chosen) {
  state.logger = chosen
}

/** Gives a warning to the logger. Ignores what the logger throws or rejects with. */
function warn(message) {
  try {
    const told = state.logger.warn(`${PREFIX} ${printable(message)}`)
    if (typeof property(told, 'then') === 'function') told.then(undefined, () => {})
  } catch {}
}

/**
 * Gives a warning, unless the maximum of its kind was given in the last minute; see `core/src/warning.rs`.
 * Returns whether it was given.
 *
 * @param {string} kind one of few
 * @param {string} message
 * @param {number} most the maximum in a minute
 */
function warnLimited(kind, message, most = 1) {
  const heldBack = admit(kind, most)
  if (heldBack === undefined) return false
  warn(heldBack === 0 ? message : `${message} (${heldBack} more like this were held back)`)
  return true
}

/**
 * Gives a warning about one of many, such as a metric: the first about each, up to ten in a minute, and those
 * after it once a minute. Returns whether it was given.
 *
 * @param {string} kind one of few
 * @param {string} message
 * @param {boolean} isFirst whether there was no warning about it yet
 */
function warnOfOne(kind, message, isFirst) {
  return warnLimited(kind, message, isFirst ? MOST_FIRST : 1)
}

/** Returns the number of warnings that were held back since the last one, or nothing if this one is too. */
function admit(kind, most) {
  const time = now()
  const known = state.kinds.get(kind)
  const elapsed = time - known?.since
  // If the clock was set back, the minute is over. Otherwise no warning would follow for a long time.
  const isWithin = Number.isNaN(time) || (elapsed >= 0 && elapsed < MINUTE_MS)
  if (known === undefined || !isWithin) {
    state.kinds.set(kind, { since: time, given: 1, heldBack: 0 })
    return known?.heldBack ?? 0
  }
  if (known.given >= most) {
    known.heldBack++
    return undefined
  }
  known.given++
  return 0
}

/** Passes on the waiting warnings of the native side, which limits their rate. */
function forward(binding) {
  for (const message of binding.takeWarnings() ?? []) warn(message)
}

module.exports = { forward, setLogger, warn, warnLimited, warnOfOne }
