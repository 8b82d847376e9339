'use strict'

// The public API in a browser and on an edge runtime, which load no native binary. Definitions are checked as
// everywhere, and recorders do nothing. Nothing here uses Node, makes functions from text, or has any state.
// A real copy in the same global object must not get these recorders, so this shares nothing with it.

const { metricsOf } = require('../define/definition.js')
const { counter, define, distribution, gauge, recorderBy } = require('../define/shape.js')
const { startTimer } = require('../define/timer.js')
const { timeoutOf } = require('../flush-options.js')
const { settlesWith } = require('../properties.js')
const { snapshot } = require('../stats.js')

const OFF = { state: 'off', reason: 'browsers and edge runtimes cannot load the native binary' }

const nothing = () => {}

/** See index.d.ts. */
function defineMetrics(definition) {
  const recorders = {}
  metricsOf(definition).forEach(({ key, metric }) => {
    define(recorders, key, recorderOf(metric), true)
  })
  return Object.freeze(recorders)
}

function recorderOf(metric) {
  const recorder = withoutLabels(metric)
  define(recorder, 'with', () => Object.freeze(withoutLabels(metric)), true)
  return Object.freeze(recorder)
}

function withoutLabels(metric) {
  return recorderBy(metric, {
    record: nothing,
    startTimer: () => startTimer(metric, nothing, nothing, undefined, []),
    observe: () => nothing,
  })
}

/**
 * Takes anything: options often come from variables, which a bundle for a browser does not have.
 */
const configureMetrics = nothing

/** See index.d.ts. */
async function flushMetrics(options) {
  timeoutOf(options)
  return settlesWith({ delivered: true, remaining: 0 })
}

/** See index.d.ts. */
const metricsStats = () => snapshot(OFF)

// The catalogues themselves would bring the recorders of Node along.

/** See index.d.ts. */
const hostedKeyMetrics = {
  recordUsed: nothing,
  recordFailed: nothing,
  recordCostCharged: nothing,
  recordThrottled: nothing,
  recordUpstreamRateLimited: nothing,
  recordQueueWait: nothing,
  recordQueueWaitExceeded: nothing,
  recordUnknownModelCost: nothing,
}

/** See index.d.ts. */
const workflowMetrics = {
  recordExecutionStarted: nothing,
  recordExecutionCompleted: nothing,
  recordExecutionPaused: nothing,
  recordBlockExecuted: nothing,
}

// The names are written out for what finds them by parsing this file, as Node does.
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
}
