'use strict'

// What tests import where recorders do nothing; see `index.js`. A capture without records would let each test
// pass that expects none.

function captureMetrics() {
  throw new Error(
    'captureMetrics: recorders do nothing in a browser and on an edge runtime, so there is nothing to capture. Run the test on Node. ' +
      "In Jest's jsdom, set testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] }"
  )
}

module.exports = { captureMetrics }
