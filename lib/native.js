'use strict'

// Loads the native binary at the first use. If it cannot be loaded, `load` returns `undefined` and
// `whyNotLoaded` returns a warning; see `load-failure.js`. Nothing throws.

const { join } = require('node:path')
const { now } = require('./clock.js')
const { loaders } = require('./first-use.js')
const { reportOfLibc } = require('./libc.js')
const { explain, ForeignBinary, platformFolders } = require('./load-failure.js')
const { property } = require('./properties.js')
const { part } = require('./registry.js')
const { refuseTruncated } = require('./truncated.js')

// Milliseconds after a failure that may be over by then, such as too many open files.
const PAUSE_MS = 1_000

/**
 * @type {{
 *   loaded?: typeof import('../binding.js'),
 *   failure?: ReturnType<typeof explain> & { at: number, tried: number },
 * }}
 */
const state = part('native', () => ({ loaded: undefined, failure: undefined }))

/**
 * Tries the loaders in order: the installation of a copy may lack its binary. After a failure, it tries
 * again if a loader was added, or if the failure may be over.
 *
 * @returns {typeof import('../binding.js') | undefined}
 */
function load() {
  if (state.loaded !== undefined || isFinal() || isPaused()) return state.loaded
  state.failure = undefined
  // A loop that ends early over `of` would call a function `return` of `Object.prototype`.
  for (let at = 0; at < loaders.length; at++) {
    try {
      // The first loader is that of this copy.
      if (at === 0) refuseTruncated(ownFolders())
      state.loaded = complete(withOwnProcess(loaders[at]))
      loaders.length = 0
      return state.loaded
    } catch (error) {
      state.failure ??= { ...explain(error), at: now(), tried: loaders.length }
    }
  }
  return undefined
}

/** Returns the folders in which `binding.js` looks for the binary. A bundle has none. */
function ownFolders() {
  return typeof __dirname === 'string' ? [join(__dirname, '..'), ...platformFolders()] : []
}

/** Whether another attempt would fail as the last one did. */
function isFinal() {
  return state.failure?.isTransient === false && state.failure.tried === loaders.length
}

/** Whether a failure that may be over soon has happened just now. */
function isPaused() {
  const isNew = state.failure?.tried === loaders.length && now() - state.failure.at < PAUSE_MS
  return isNew && state.failure.isTransient
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
 * Calls a loader while it sees other variables, and another report. `NAPI_RS_…` make the `binding.js` of every
 * package load another file, so they are most likely meant for another package. The properties of
 * `Object.prototype` are no variables either. The report has nothing but the C library; see `libc.js`.
 */
function withOwnProcess(loader) {
  const names = Object.keys(process.env).filter((name) => !/^NAPI_RS_/i.test(name))
  const variables = { __proto__: null, NAPI_RS_ENFORCE_VERSION_CHECK: '1' }
  names.forEach((name) => {
    variables[name] = process.env[name]
  })
  const report = reportOfLibc(property(process, 'report'))
  return withStandIn('env', variables, () => withStandIn('report', report, loader))
}

/** Calls a function while `process` has another value of a property. */
function withStandIn(name, value, call) {
  const real = Object.getOwnPropertyDescriptor(process, name)
  const other = { __proto__: null, value, writable: true, enumerable: true, configurable: true }
  if (!Reflect.defineProperty(process, name, other)) return call()
  try {
    return call()
  } finally {
    if (real === undefined) Reflect.deleteProperty(process, name)
    else Reflect.defineProperty(process, name, { __proto__: null, ...real })
  }
}

function isLoaded() {
  return state.loaded !== undefined
}

/**
 * Returns why `load` returned `undefined`: as a warning, and as its cause and advice. `isTransient`: a later call may
 * succeed.
 */
function whyNotLoaded() {
  if (state.failure === undefined) return undefined
  const { text, cause, advice, isTransient } = state.failure
  const platform = `${process.platform}-${process.arch}`
  const since = isTransient ? 'off until a later record can load it' : 'off'
  const what = `the native binary for ${platform} could not be loaded`
  return { warning: `Metrics are ${since}: ${what}: ${text}`, cause, advice, isTransient }
}

module.exports = { isLoaded, isPaused, load, whyNotLoaded }
