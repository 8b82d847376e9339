'use strict'

// Takes the options of `configureHostedKeyMetrics`, and returns the options in force at the first
// record. The native side stores them, so options of one thread apply in all threads. If the binary
// cannot be loaded, this module stores the options of its thread. The logger belongs to the thread
// that sets it. Nothing reads the environment before the first record.

const { isMainThread } = require('node:worker_threads')
const { isLoaded, load } = require('./native.js')
const { check, NAME, read } = require('./options.js')
const { setLogger } = require('./warnings.js')

const TOO_LATE = 'call it before the first record'

/** Checked values, by option. */
const chosen = Object.create(null)
let isSealed = false

/** See index.d.ts. */
function configure(options) {
  const { logger, ...given } = check(options)
  const isAboutLogger = logger !== undefined && Object.keys(given).length === 0
  const refusal = isAboutLogger ? undefined : choose(given)
  if (refusal) throw new Error(`${NAME}: ${refusal}`)
  if (logger) setLogger(logger)
}

/** Sets options for the process. Returns the reason if they are refused; see `src/options.rs`. */
function choose(given) {
  const choices = Object.entries(given).flatMap(([name, value]) => [name, JSON.stringify(value)])
  const native = load()
  if (isSealed && choices.length === 0) return TOO_LATE
  if (native === undefined) {
    const isRepeated = Object.entries(given).every(([name, value]) => chosen[name] === value)
    if (isSealed && !isRepeated) return TOO_LATE
  } else if (isSealed) {
    // The first record of a thread does not load the binary if metrics are disabled.
    native.sealOptions()
  }
  const refusal = native?.chooseOptions(choices, isMainThread)
  if (refusal) return refusal
  Object.assign(chosen, given)
  return undefined
}

/**
 * Seals the configuration at the first record, and reads the environment. The caller gives the
 * returned problems as warnings once a logger can record.
 */
function seal() {
  isSealed = true
  const own = read(chosen)
  // If metrics are disabled, the main thread does not load the binary. A worker always loads it, to
  // get the options of the main thread.
  if (isMainThread && !isLoaded() && own.options.enabled === 'false') return own
  const native = load()
  const isFirst = native?.sealOptions()
  const choices = native?.chosenOptions() ?? []
  for (let at = 0; at < choices.length; at += 2) chosen[choices[at]] = JSON.parse(choices[at + 1])
  const all = read(chosen)
  // Another thread has already warned about these variables.
  if (isFirst === false) all.problems.length = 0
  return all
}

module.exports = { configure, seal }
