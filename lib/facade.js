'use strict'

// The functions that the package exports.
//
// All of `lib/` is loaded together. What was loaded later could be another instance, whose state is its
// own: `require.cache` may be cleared in between, by a hot reload or by `jest.resetModules()`. It could
// be the file of another version, and it could not be loaded at all without file descriptors.

const { hostedKeyMetrics } = require('./catalogues/hosted-key.js')
const { workflowMetrics } = require('./catalogues/workflow.js')
const {
  counter,
  definedMetrics,
  defineMetrics,
  distribution,
  gauge,
} = require('./define/metrics.js')
const { observeNow } = require('./define/observe.js')
const { configure } = require('./configuration.js')
const { addLoader } = require('./native.js')
const { divert, status } = require('./recorder.js')
const { flush, stats } = require('./start.js')

/** What `testing.js` needs of this copy. */
const testing = { definedMetrics, divert, observeNow, status }

module.exports = {
  counter,
  defineMetrics,
  distribution,
  gauge,
  flushMetrics: flush,
  metricsStats: stats,
  configureMetrics: configure,
  hostedKeyMetrics,
  workflowMetrics,
  flushHostedKeyMetrics: flush,
  hostedKeyMetricsStats: stats,
  configureHostedKeyMetrics: configure,
  testing,
  addLoader,
}
