'use strict'

// Loads the native binary, at the first use. One that cannot be loaded is one warning: metrics never take
// the application down.

const { warn } = require('./warnings.js')

let loaded
let hasFailed = false

/** @returns {typeof import('../binding.js') | undefined} */
function load() {
  if (loaded !== undefined || hasFailed) return loaded
  try {
    loaded = require('../binding.js')
  } catch (error) {
    hasFailed = true
    const platform = `${process.platform}-${process.arch}`
    warn(
      `Metrics are off: the native binary for ${platform} could not be loaded. ` +
        `Install with optional dependencies, on the platform that runs it. Cause: ${describe(error)}`
    )
  }
  return loaded
}

/** The messages of an error and of its causes, on one line. */
function describe(error) {
  const messages = []
  for (let cause = error; cause && messages.length < 4; cause = cause.cause) {
    messages.push(String(cause.message ?? cause))
  }
  return messages.join('; ').replaceAll(/\s+/g, ' ')
}

module.exports = { load }
