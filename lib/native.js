'use strict'

// Loads the native binary, at the first use. One that cannot be loaded never takes the application down.

// A program may evaluate any number of copies before its first record.
const MAX_LOADERS = 8

/** One a copy of the package: an installation may lack the binary that another one has. */
const loaders = []
let loaded
let failure

/** @param {() => typeof import('../binding.js')} loader of a copy of the package */
function addLoader(loader) {
  if (loaded !== undefined || loaders.length === MAX_LOADERS) return
  loaders.push(loader)
  failure = undefined
}

/** @returns {typeof import('../binding.js') | undefined} */
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

/** Why `load` gave nothing. */
function whyNotLoaded() {
  return failure
}

/** The messages of an error and of its causes, on one line. */
function describe(error) {
  const messages = []
  for (let cause = error; cause && messages.length < 4; cause = cause.cause) {
    messages.push(String(cause.message ?? cause))
  }
  return messages.join('; ').replaceAll(/\s+/g, ' ')
}

module.exports = { addLoader, isLoaded, load, whyNotLoaded }
