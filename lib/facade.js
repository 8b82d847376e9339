'use strict'

// The functions that the package exports. What is not needed to export them is loaded at its first use, so
// that importing the package takes little time; see `first-use.js` and `part` of `registry.js`.

const hostedKey = require('./catalogues/hosted-key.js')
const workflow = require('./catalogues/workflow.js')
const { addLoader, lazy, status } = require('./first-use.js')
const { own, settlesWith } = require('./properties.js')
const { snapshot } = require('./stats.js')

const CATALOGUES = [hostedKey, workflow]

const starting = lazy(() => require('./start.js'))

/** See index.d.ts. */
const counter = (options) => require('./define/metrics.js').counter(options)
/** See index.d.ts. */
const distribution = (options) => require('./define/metrics.js').distribution(options)
/** See index.d.ts. */
const gauge = (options) => require('./define/metrics.js').gauge(options)

/** See index.d.ts. */
function defineMetrics(definition) {
  // The metrics of a catalogue are defined before others of their namespace, so that those that differ throw.
  CATALOGUES.forEach(({ metrics, namespace }) => {
    if (isOf(definition, namespace)) metrics()
  })
  return require('./define/metrics.js').defineMetrics(definition)
}

function isOf(definition, namespace) {
  try {
    return Object(definition) === definition && own(definition, 'namespace') === namespace
  } catch {
    // It is refused when it is read again.
    return false
  }
}

/** See index.d.ts. */
function configureMetrics(options) {
  return require('./configuration.js').configure(options)
}

/** See index.d.ts. */
function flushMetrics(options) {
  const nothing = { delivered: true, remaining: 0 }
  return starting()?.flush(options) ?? Promise.resolve(settlesWith(nothing))
}

/** See index.d.ts. */
function metricsStats() {
  return starting()?.stats() ?? snapshot(status)
}

/** What `testing.js` needs of this copy. */
const testing = {
  definedMetrics() {
    CATALOGUES.forEach(({ metrics }) => {
      metrics()
    })
    return require('./define/metrics.js').definedMetrics()
  },
  divert: (to, written, origin) => require('./recorder.js').divert(to, written, origin),
  observeNow: () => require('./define/observe.js').observeNow(),
  status,
}

module.exports = {
  counter,
  defineMetrics,
  distribution,
  gauge,
  flushMetrics,
  metricsStats,
  configureMetrics,
  hostedKeyMetrics: hostedKey.hostedKeyMetrics,
  workflowMetrics: workflow.workflowMetrics,
  flushHostedKeyMetrics: flushMetrics,
  hostedKeyMetricsStats: metricsStats,
  configureHostedKeyMetrics: configureMetrics,
  testing,
  addLoader,
}
