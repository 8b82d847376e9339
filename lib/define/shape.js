'use strict'

// What definitions are made of, and the methods of the recorders that they give, whatever these do.

const { isPlain, messageOf, show } = require('./given.js')
const { isDuration } = require('./limits.js')

const counter = (options) => ofKind('counter', options)
const distribution = (options) => ofKind('distribution', options)
const gauge = (options) => ofKind('gauge', options)

function ofKind(kind, options = {}) {
  let given
  try {
    given = isPlain(options) ? { __proto__: null, ...options } : show(options)
  } catch (error) {
    throw new TypeError(`${kind}: options cannot be read: ${messageOf(error)}`)
  }
  if (typeof given === 'string')
    throw new TypeError(`${kind}: options must be a plain object, not ${given}`)
  if (given.kind !== undefined) throw new TypeError(`${kind}: there is no property "kind"`)
  given.kind = kind
  return Object.freeze(given)
}

function define(object, key, value, enumerable) {
  Object.defineProperty(object, key, { __proto__: null, value, enumerable })
}

/** Returns those of the functions that a kind of metric has. */
function recorderBy(metric, { record, startTimer, observe }) {
  const recorder = {}
  if (metric.kind === 'counter') define(recorder, 'add', record, true)
  if (metric.kind === 'distribution') define(recorder, 'record', record, true)
  if (isDuration(metric)) {
    define(recorder, 'startTimer', startTimer, true)
  }
  if (metric.kind === 'gauge') {
    define(recorder, 'set', record, true)
    define(recorder, 'observe', observe, true)
  }
  return recorder
}

module.exports = { counter, define, distribution, gauge, recorderBy }
