'use strict'

// The options of the process. The native side keeps them, so that what one thread chooses holds in all of them. What
// it cannot keep, because there is no binary, is kept here. Only the logger is a thread's own.

const { isMainThread } = require('node:worker_threads')
const { isLoaded, load } = require('./native.js')
const { check, NAME, read } = require('./options.js')
const { setLogger } = require('./warnings.js')

/** Options by name, as they were chosen. */
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

/** Returns why the options cannot be chosen, if that is so; see `src/options.rs`. */
function choose(given) {
  const native = load()
  if (native === undefined) {
    if (isSealed) return 'call it before the first record'
  } else {
    const choices = Object.entries(given).flatMap(([name, value]) => [name, JSON.stringify(value)])
    const refusal = native.chooseOptions(choices, isMainThread)
    if (refusal) return refusal
  }
  Object.assign(chosen, given)
  return undefined
}

/**
 * Reads the environment and ends configuration: the first record was made. What is wrong with a variable is for the
 * caller to warn about, once a logger that records can do so.
 */
function seal() {
  isSealed = true
  const own = read(chosen)
  // A process that is switched off does not load the binary. A worker has to ask what the main thread chose.
  if (isMainThread && !isLoaded() && own.options.enabled === 'false') return own
  const native = load()
  const isFirst = native?.sealOptions()
  const choices = native?.chosenOptions() ?? []
  for (let at = 0; at < choices.length; at += 2) chosen[choices[at]] = JSON.parse(choices[at + 1])
  const all = read(chosen)
  // Another thread has warned already, about the same variables.
  if (isFirst === false) all.problems.length = 0
  return all
}

module.exports = { configure, seal }
