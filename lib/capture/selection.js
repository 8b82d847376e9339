'use strict'

// Which of the captured records a test asks for. A question that no record could ever answer throws: the
// test would see no records, and pass if it expects none.

const { METRICS } = require('../define/metrics.js')
const { filled } = require('../label.js')
const { own } = require('../properties.js')

/** The maximum number of names in a message. */
const MOST_NAMES = 20

/**
 * Returns a condition on `{ metric, labels }`.
 *
 * @param {import('../define/definition.js').Metric[]} defined all metrics
 * @param {string} caller for messages
 * @param {unknown[]} given the arguments: a metric or a namespace, and labels. None: all records.
 */
function someOf(defined, caller, given) {
  if (given.length === 0) return () => true
  return condition(caller, metricsOf(defined, caller, given.at(0)), given.at(1))
}

/** As `someOf`, of one metric. */
function oneOf(defined, caller, metric, labels) {
  const metrics = metricsOf(defined, caller, metric)
  if (metrics.length > 1)
    fail(caller, `${metrics[0].namespace} has several metrics. Give a name too`)
  return condition(caller, metrics, labels)
}

function condition(caller, metrics, labels = {}) {
  if (typeof labels !== 'object' || labels === null) fail(caller, 'labels must be an object')
  const keys = Object.keys(labels)
  const unknown = keys.find((key) => !metrics.some((metric) => metric.keys.includes(key)))
  if (unknown !== undefined) {
    const known = list(new Set(metrics.flatMap((metric) => metric.keys)))
    fail(
      caller,
      `${nameOf(metrics[0])} has no label ${JSON.stringify(unknown)}. There are: ${known}`
    )
  }
  // CloudWatch stores texts, so `200` and `'200'` are one label.
  const texts = keys.map((key) => filled(labels[key]))
  return (record) =>
    metrics.includes(record.metric) &&
    keys.every((key, at) => filled(own(record.labels, key)) === texts[at])
}

/** Returns the definitions of a recorder, or of a namespace and perhaps a name. */
function metricsOf(defined, caller, given) {
  const object = Object(given)
  const metric = own(object, METRICS)
  if (metric !== undefined && !Array.isArray(metric)) {
    if (!defined.includes(metric)) {
      fail(
        caller,
        `${nameOf(metric)} belongs to another version of the package, or to another vm context`
      )
    }
    return [metric]
  }
  const namespace = own(object, 'namespace')
  const name = own(object, 'name')
  if (typeof namespace !== 'string' || (name !== undefined && typeof name !== 'string')) {
    fail(caller, 'give a metric, such as checkout.orders, or { namespace, name }')
  }
  const inNamespace = defined.filter((one) => one.namespace === namespace)
  const found = inNamespace.filter((one) => name === undefined || one.name === name)
  if (found.length > 0) return found
  return inNamespace.length === 0
    ? fail(
        caller,
        `no metric is defined in ${JSON.stringify(namespace)}. There are: ${list(new Set(defined.map((one) => one.namespace)))}`
      )
    : fail(
        caller,
        `no metric ${JSON.stringify(name)} is defined in ${namespace}. There are: ${list(inNamespace.map((one) => one.name))}`
      )
}

const nameOf = ({ namespace, name }) => `${namespace} ${name}`

function list(names) {
  const all = Array.from(names)
  const shown = all.slice(0, MOST_NAMES).join(', ')
  if (all.length === 0) return 'none'
  return all.length > MOST_NAMES ? `${shown} and ${all.length - MOST_NAMES} more` : shown
}

function fail(caller, why) {
  throw new TypeError(`${caller}: ${why}`)
}

module.exports = { oneOf, someOf }
