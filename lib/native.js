'use strict'

// Loads the native binary at the first use. If it cannot be loaded, `load` returns `undefined` and
// `whyNotLoaded` returns a warning. Nothing throws.

const { append, own, property } = require('./properties.js')

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
  append(loaders, loader)
  failure = undefined
}

/**
 * Tries the loaders in order. After a failure, it tries again only if a loader was added.
 *
 * @returns {typeof import('../binding.js') | undefined}
 */
function load() {
  if (loaded !== undefined || failure !== undefined) return loaded
  // A loop that ends early over `of` would call a function `return` of `Object.prototype`.
  for (let at = 0; at < loaders.length; at++) {
    try {
      loaded = withOwnVariables(loaders[at])
      loaders.length = 0
      return loaded
    } catch (error) {
      failure ??= failureOf(error)
    }
  }
  return undefined
}

/**
 * Calls a loader. `binding.js` loads another file if a variable asks for it, and would take the
 * variable from `Object.prototype` too. It therefore sees a copy of the environment.
 */
function withOwnVariables(loader) {
  const real = own(process, 'env')
  if (real === undefined) return loader()
  Reflect.set(process, 'env', { __proto__: null, ...real })
  try {
    return loader()
  } finally {
    Reflect.set(process, 'env', real)
  }
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
  for (let cause = error; cause && messages.length < 4; cause = property(cause, 'cause')) {
    append(messages, String(property(cause, 'message') ?? cause))
  }
  return messages.join('; ').replaceAll(/\s+/g, ' ')
}

module.exports = { addLoader, isLoaded, load, whyNotLoaded }
