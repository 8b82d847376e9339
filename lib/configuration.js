'use strict'

// Takes the options of `configureHostedKeyMetrics`, and returns the options in force at the first
// record. The native side stores them, so options of one thread apply in all threads. If the binary
// is not loaded, this module stores the options of its thread. The logger belongs to the thread
// that sets it. Nothing reads the environment before the first record.

const { getEnvironmentData, isMainThread, setEnvironmentData } = require('node:worker_threads')
const { isLoaded, load } = require('./native.js')
const { check, NAME, read } = require('./options.js')
const { part, VERSION } = require('./registry.js')
const { setLogger } = require('./warnings.js')

const TOO_LATE = 'call it before the first record or observation'

// The key of the options with which a thread was sealed that has not loaded the binary. The `vm`
// contexts of a thread share this data, and workers that are started later get a copy.
const SEALED = `@sim/hkm-native ${VERSION} options`

/** Checked values, by option, of which none is inherited, and whether there was a record. */
const state = part('options', () => ({ chosen: Object.create(null), isSealed: false }))

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
  const choices = pairsOf(given)
  const native = load()
  if (state.isSealed && choices.length === 0) return TOO_LATE
  const sealed = getEnvironmentData(SEALED)
  const isTooLate = state.isSealed || sealed !== undefined
  if (native === undefined) {
    const known = { __proto__: null, ...valuesOf(sealed ?? []), ...state.chosen }
    const isRepeated = Object.keys(given).every((name) => known[name] === given[name])
    if (isTooLate && !isRepeated) return TOO_LATE
  } else if (isTooLate) {
    // The first record of a thread does not load the binary if metrics are disabled.
    native.sealOptions()
  }
  const refusal = native?.chooseOptions(choices, isMainThread)
  if (refusal) return refusal
  Object.assign(state.chosen, given)
  return undefined
}

/**
 * Seals the configuration at the first record, and reads the environment. The caller gives the
 * returned problems as warnings once a logger can record. `isFirst`: no thread was sealed before.
 */
function seal() {
  state.isSealed = true
  const alone = read(state.chosen)
  // If metrics are disabled and there is nothing to warn about, the main thread does not load the
  // binary. A worker always loads it, to get the options of the main thread.
  const isDisabled = alone.options.enabled === 'false' && alone.problems.length === 0
  if (isMainThread && !isLoaded() && isDisabled) {
    const isFirst = shareSeal()
    return { ...alone, isFirst }
  }
  const native = load()
  const isFirst = native ? native.sealOptions() : shareSeal()
  Object.assign(state.chosen, valuesOf(native?.chosenOptions() ?? []))
  const all = read(state.chosen)
  // Another thread has already warned about these variables.
  return isFirst === false ? { ...all, problems: [], isFirst } : { ...all, isFirst: true }
}

/** Tells other contexts and later workers that the options are sealed. Returns whether none was told before. */
function shareSeal() {
  if (getEnvironmentData(SEALED) !== undefined) return false
  setEnvironmentData(SEALED, pairsOf(state.chosen))
  return true
}

/** Returns each option, followed by its value as JSON text. */
function pairsOf(values) {
  return Object.keys(values).flatMap((name) => [name, JSON.stringify(values[name])])
}

/** Returns the values of `pairsOf`, by option. */
function valuesOf(pairs) {
  const values = Object.create(null)
  for (let at = 0; at < pairs.length; at += 2) values[pairs[at]] = JSON.parse(pairs[at + 1])
  return values
}

/** Returns the options that were set in this thread so far. */
const chosenOptions = () => ({ __proto__: null, ...state.chosen })

module.exports = { chosenOptions, configure, seal }
