'use strict'

// Says which records are dropped for what they were given: once a minute, and of up to ten metrics in the first one. Never
// shows a label or a text: either can be a secret.

const { warnOfOne } = require('./warnings.js')

/** The metrics that were told of. */
const told = new WeakSet()

/**
 * @param {'invalidValue' | 'invalidLabel'} reason
 * @param {import('./define/definition.js').Metric} metric
 * @param {unknown} value
 * @param {unknown} labels they are not read: a getter could throw, or record
 */
function warnOfRefused(reason, metric, value, labels) {
  const { namespace, name, kind } = metric
  const why = reason === 'invalidValue' ? whyNotValue(kind, value) : whyNotLabels(labels)
  const isFirst = !told.has(metric)
  // A logger may record.
  told.add(metric)
  const isGiven = warnOfOne(reason, `A record of ${namespace} ${name} was dropped: ${why}`, isFirst)
  if (isFirst && !isGiven) told.delete(metric)
}

function whyNotValue(kind, value) {
  const range = kind === 'counter' ? 'from 0 to 2^360' : 'within ±2^360'
  return `its value is ${typeof value === 'number' ? value : `of the type ${typeof value}`}, and not a number ${range}`
}

function whyNotLabels(labels) {
  return labels === undefined || labels === null
    ? 'it has no labels'
    : 'a label is an object, a function, a symbol or a bigint, or could not be read'
}

module.exports = { warnOfRefused }
