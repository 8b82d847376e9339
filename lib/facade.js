'use strict'

// The functions that the package exports. What is not needed to define metrics is loaded when it is
// called, so that importing the package takes little time.

const { hostedKeyMetrics } = require('./catalogues/hosted-key.js')
const { workflowMetrics } = require('./catalogues/workflow.js')
const { counter, defineMetrics, distribution, gauge } = require('./define/metrics.js')
const { addLoader } = require('./native.js')

/** See index.d.ts. */
function configureMetrics(options) {
  return require('./configuration.js').configure(options)
}

/** See index.d.ts. */
function flushMetrics(options) {
  return require('./start.js').flush(options)
}

/** See index.d.ts. */
function metricsStats() {
  return require('./start.js').stats()
}

module.exports = {
  counter,
  defineMetrics,
  distribution,
  gauge,
  flushMetrics,
  metricsStats,
  configureMetrics,
  hostedKeyMetrics,
  workflowMetrics,
  flushHostedKeyMetrics: flushMetrics,
  hostedKeyMetricsStats: metricsStats,
  configureHostedKeyMetrics: configureMetrics,
  addLoader,
}
