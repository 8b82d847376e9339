'use strict'

// Most files of the package are loaded at their first use, so that importing it takes little time. While
// the process has no file descriptors left, they cannot be read. Metrics are then off until a later use
// can load them.

const { now } = require('./clock.js')
const { append, property } = require('./properties.js')
const { part } = require('./registry.js')
const { warn } = require('./warnings.js')

// The maximum number of loaders. A program may evaluate any number of copies before the first use.
const MAX_LOADERS = 8

// Milliseconds after a failure in which no further attempt is made.
const PAUSE_MS = 1_000

const NOT_READ = 'files of the package could not be read'

/**
 * The state of metrics in this thread. `isOff` stays true once it is, except while records are captured
 * for a test; `capture` is then where that began. Ids that were found in another `generation` are not
 * valid any more. `seconds` is the storage resolution of metrics without one.
 */
const status = part('status', () => ({
  isOff: false,
  /** @type {Error | undefined} */
  capture: undefined,
  state: 'idle',
  reason: 'nothing was recorded yet',
  generation: 0,
  seconds: 60,
}))

/** One loader of the native binary for each copy of the package; see `native.js`. */
const loaders = part('loaders', () => [])

const told = part('first use', () => ({ isTold: false }))

/**
 * Adds the loader of a copy of the package.
 *
 * @param {() => typeof import('../binding.js')} loader
 */
function addLoader(loader) {
  if (loaders.length < MAX_LOADERS) append(loaders, loader)
}

/**
 * Returns a function that calls `load` once, and returns what it loaded. Until that succeeds, the
 * function returns `undefined`, and a warning says why. It never throws.
 *
 * @template Loaded
 * @param {() => Loaded} load
 * @returns {() => Loaded | undefined}
 */
function lazy(load) {
  let loaded
  let failedAt
  return function use() {
    if (loaded !== undefined || isPaused(failedAt)) return loaded
    try {
      loaded = load()
    } catch (error) {
      failedAt = now()
      tell(error)
    }
    return loaded
  }
}

/** Asks the clock only after a failure, because its first use takes a tenth of the first record. */
function isPaused(failedAt) {
  return failedAt !== undefined && now() - failedAt < PAUSE_MS
}

function tell(error) {
  if (status.state === 'idle') {
    status.state = 'off'
    status.reason = NOT_READ
  }
  if (told.isTold) return
  told.isTold = true
  const said = String(property(error, 'message') || error)
  // A bundler has put the package into an ES module.
  if (/dynamic require/i.test(said))
    return warn(`Metrics are off: ${NOT_READ}: ${said}. Mark @sim/hkm-native as external`)
  const cause = isExhausted(error, said) ? 'no file descriptors are left' : said
  warn(`Metrics are off until a later record can load them: ${NOT_READ}: ${cause}`)
}

/** Node 26 reads a `package.json` by other means than files: the text has the cause then, and no code. */
function isExhausted(error, said) {
  return /too many open files|EMFILE|ENFILE/i.test(`${property(error, 'code')} ${said}`)
}

module.exports = { addLoader, lazy, loaders, status }
