'use strict'

// The metrics of workflow executions, and the recorders by which they are known.

const { lazy } = require('../first-use.js')
const { property } = require('../properties.js')

const namespace = 'Sim/Workflow'

const STATUS = ['success', 'failed', 'cancelled']

/** Defines the metrics at the first record. Returns nothing while that is not possible. */
const metrics = lazy(() => {
  const { counter, defineCatalogue, distribution } = require('../define/metrics.js')
  return defineCatalogue({
    namespace,
    metrics: {
      executionStarted: counter({
        dimensions: ['trigger'],
        recommendedRollups: [[]],
        description: 'Executions that began',
      }),
      executionCompleted: counter({
        dimensions: { trigger: {}, status: STATUS },
        recommendedRollups: [['status'], []],
        description: 'Executions that ended',
      }),
      executionDuration: distribution({
        unit: 'Milliseconds',
        dimensions: { trigger: {}, status: STATUS },
        recommendedRollups: [[]],
        description: 'How long executions took',
      }),
      executionPaused: counter({
        dimensions: ['trigger'],
        description: 'Executions that were paused',
      }),
      blockExecuted: counter({
        dimensions: { blockType: {}, operation: { optional: true }, success: {} },
        recommendedRollups: [['blockType', 'success'], ['success']],
        description: 'Blocks that were executed',
      }),
      blockDuration: distribution({
        unit: 'Milliseconds',
        dimensions: ['blockType'],
        recommendedRollups: [[]],
        description: 'How long blocks took',
      }),
    },
  })
})

const workflowMetrics = {
  recordExecutionStarted(labels) {
    metrics()?.executionStarted.add(1, labels)
  },
  recordExecutionCompleted(execution) {
    metrics()?.executionCompleted.add(1, execution)
    const durationMs = read(execution, 'durationMs')
    if (typeof durationMs === 'number') metrics()?.executionDuration.record(durationMs, execution)
  },
  recordExecutionPaused(labels) {
    metrics()?.executionPaused.add(1, labels)
  },
  recordBlockExecuted(block) {
    metrics()?.blockExecuted.add(1, block)
    metrics()?.blockDuration.record(read(block, 'durationMs'), block)
  },
}

/** Returns a property. A getter may throw, and a recorder does not. */
function read(object, name) {
  try {
    return property(object, name)
  } catch {
    return undefined
  }
}

module.exports = { metrics, namespace, workflowMetrics }
