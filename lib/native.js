'use strict'

// Loads the native binary at the first use. If it cannot be loaded, `load` returns `undefined` and
// `whyNotLoaded` returns a warning. Nothing throws.

// The maximum number of loaders. A program may evaluate any number of copies before the first use.
const MAX_LOADERS = 8

/** One loader for each copy of the package: an installation may lack its binary. */
const loaders = []
let loaded
let failure

/**
 * Adds the loader of a copy of the package, unless the binary is loaded.
 *
 * @param {() => typeof import('../binding.js')} loader
 */
function addLoader(loader) {
  if (loaded !== undefined || loaders.length === MAX_LOADERS) return
  loaders.push(loader)
  failure = undefined
}

/**
 * Tries the loaders in order. After a failure, it tries again only if a loader was added.
 *
 * @returns {typeof import('../binding.js') | undefined}
 */
function load() {
  if (loaded !== undefined || failure !== undefined) return loaded
  for (const loader of loaders) {
    try {
      loaded = loader()
      loaders.length = 0
      return loaded
    } catch (error) {
      failure ??= failureOf(error)
    }
  }
  return undefined
}

function failureOf(error) {
  const platform = `${process.platform}-${process.arch}`
  return (
    `Metrics are off: the native binary for ${platform} could not be loaded. ` +
    `Install with optional dependencies, on the platform that runs it. Cause: ${describe(error)}`
  )
}

function isLoaded() {
  return loaded !== undefined
}

/** Returns why `load` returned `undefined`. */
function whyNotLoaded() {
  return failure
}

/** Returns the messages of an error and its causes, at most four, on one line. */
function describe(error) {
  const messages = []
  for (let cause = error; cause && messages.length < 4; cause = cause.cause) {
    messages.push(String(cause.message ?? cause))
  }
  return messages.join('; ').replaceAll(/\s+/g, ' ')
}

module.exports = { addLoader, isLoaded, load, whyNotLoaded }
