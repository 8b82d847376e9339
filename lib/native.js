'use strict'

// Loads the native binary at the first use. If it cannot be loaded, `load` returns `undefined` and
// `whyNotLoaded` returns a warning; see `load-failure.js`. Nothing throws.

const { join } = require('node:path')
const { explain, ForeignBinary, platformFolders } = require('./load-failure.js')
const { append } = require('./properties.js')
const { refuseTruncated } = require('./truncated.js')

// The maximum number of loaders. A program may evaluate any number of copies before the first use.
const MAX_LOADERS = 8

// Milliseconds after a failure that may be over by then, such as too many open files.
const PAUSE_MS = 1_000

/** One loader for each copy of the package: an installation may lack its binary. */
const loaders = []
let loaded
/** @type {{ text: string, isTransient: boolean, at: number } | undefined} */
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
 * Tries the loaders in order. After a failure, it tries again if a loader was added, or if the
 * failure may be over.
 *
 * @returns {typeof import('../binding.js') | undefined}
 */
function load() {
  if (loaded !== undefined || failure?.isTransient === false || isPaused()) return loaded
  failure = undefined
  // A loop that ends early over `of` would call a function `return` of `Object.prototype`.
  for (let at = 0; at < loaders.length; at++) {
    try {
      // The first loader is that of this copy.
      if (at === 0) refuseTruncated(ownFolders())
      loaded = complete(withOwnVariables(loaders[at]))
      loaders.length = 0
      return loaded
    } catch (error) {
      failure ??= { ...explain(error), at: performance.now() }
    }
  }
  return undefined
}

/** Returns the folders in which `binding.js` looks for the binary. A bundle has none. */
function ownFolders() {
  return typeof __dirname === 'string' ? [join(__dirname, '..'), ...platformFolders()] : []
}

/** Whether a failure that may be over soon has happened just now. */
function isPaused() {
  return failure?.isTransient === true && performance.now() - failure.at < PAUSE_MS
}

/**
 * Returns a binding that has all functions. A bundler may have put the binary of another package in
 * the place of ours, or the path of a file. `binding.js` adds the names that the binary lacks.
 */
function complete(binding) {
  const names = typeof binding === 'object' && binding !== null ? Object.keys(binding) : []
  const missing = names.filter((name) => binding[name] === undefined)
  if (names.length === 0) throw new ForeignBinary(`it is a ${typeof binding}`)
  if (missing.length > 0) throw new ForeignBinary(`it has no function ${missing[0]}`)
  return binding
}

/**
 * Calls a loader while it sees other variables. `NAPI_RS_…` make the `binding.js` of every package
 * load another file, so they are most likely meant for another package. The properties of
 * `Object.prototype` are no variables either.
 */
function withOwnVariables(loader) {
  const real = Object.getOwnPropertyDescriptor(process, 'env')
  const names = Object.keys(process.env).filter((name) => !/^NAPI_RS_/i.test(name))
  const value = { __proto__: null, NAPI_RS_ENFORCE_VERSION_CHECK: '1' }
  names.forEach((name) => {
    value[name] = process.env[name]
  })
  const copy = { __proto__: null, value, writable: true, enumerable: true, configurable: true }
  if (!Reflect.defineProperty(process, 'env', copy)) return loader()
  try {
    return loader()
  } finally {
    if (real === undefined) Reflect.deleteProperty(process, 'env')
    else Reflect.defineProperty(process, 'env', { __proto__: null, ...real })
  }
}

function isLoaded() {
  return loaded !== undefined
}

/** Returns why `load` returned `undefined`, as a warning, and whether a later call may succeed. */
function whyNotLoaded() {
  if (failure === undefined) return undefined
  const { text, isTransient } = failure
  const platform = `${process.platform}-${process.arch}`
  const state = isTransient ? 'off until a later record can load it' : 'off'
  const what = `the native binary for ${platform} could not be loaded`
  return { warning: `Metrics are ${state}: ${what}: ${text}`, isTransient }
}

module.exports = { addLoader, isLoaded, isPaused, load, whyNotLoaded }
