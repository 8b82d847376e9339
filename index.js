'use strict'

// The public API. Copies of one version of the package that have the same `globalThis` export the
// functions of the first copy, so they share their state; see `lib/registry.js`. Evaluating this
// file starts nothing and loads no binary.

const { shared } = require('./lib/registry.js')

const NAMES = [
  'counter',
  'defineMetrics',
  'distribution',
  'gauge',
  'flushMetrics',
  'metricsStats',
  'configureMetrics',
  'hostedKeyMetrics',
  'workflowMetrics',
  'flushHostedKeyMetrics',
  'hostedKeyMetricsStats',
  'configureHostedKeyMetrics',
  'testing',
  'addLoader',
]

const {
  counter,
  defineMetrics,
  distribution,
  gauge,
  flushMetrics,
  metricsStats,
  configureMetrics,
  hostedKeyMetrics,
  workflowMetrics,
  flushHostedKeyMetrics,
  hostedKeyMetricsStats,
  configureHostedKeyMetrics,
  addLoader,
} = shared(NAMES, () => require('./lib/facade.js'))

addLoader(() => require('./binding.js'))

// The names are written out, because Node finds the names for `import` by parsing this file.
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
  flushHostedKeyMetrics,
  hostedKeyMetricsStats,
  configureHostedKeyMetrics,
}
