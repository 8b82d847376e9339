'use strict'

// What tests import; see `testing.d.ts`. Copies of the package share one capture, as they share their
// records: the code under test may use another copy than the test.

const { shared } = require('./lib/registry.js')
const { capture } = require('./lib/capture/capture.js')

const { testing } = shared(['testing'], () => require('./lib/facade.js'))

const captureMetrics = () => capture(testing)

module.exports = { captureMetrics }
