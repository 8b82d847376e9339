'use strict'

// Loads the native binary, at the first use. One that cannot be loaded never takes the application down.

let loaded
let failure

/** @returns {typeof import('../binding.js') | undefined} */
function load() {
  if (loaded !== undefined || failure !== undefined) return loaded
  try {
    loaded = require('../binding.js')
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`
    failure =
      `Metrics are off: the native binary for ${platform} could not be loaded. ` +
      `Install with optional dependencies, on the platform that runs it. Cause: ${describe(error)}`
  }
  return loaded
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

module.exports = { isLoaded, load, whyNotLoaded }
