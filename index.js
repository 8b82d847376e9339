'use strict'

// The public API. Every copy of the package that a thread evaluates exports the functions of the first one, so that
// there is one engine, one set of options and one handling of the end; see `lib/registry.js`.

const { shared } = require('./lib/registry.js')

const {
  hostedKeyMetrics,
  flushHostedKeyMetrics,
  hostedKeyMetricsStats,
  configureHostedKeyMetrics,
  addLoader,
} = shared(() => require('./lib/facade.js'))

addLoader(() => require('./binding.js'))

// Written out, because Node finds the names for `import` by reading this.
module.exports = {
  hostedKeyMetrics,
  flushHostedKeyMetrics,
  hostedKeyMetricsStats,
  configureHostedKeyMetrics,
}
