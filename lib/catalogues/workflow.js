'use strict'

// The metrics of workflow executions, and the recorders by which they are known.

const { counter, defineMetrics, distribution } = require('../define/metrics.js')
const { property } = require('../properties.js')

const STATUS = ['success', 'failed', 'cancelled']

const metrics = defineMetrics({
  namespace: 'Sim/Workflow',
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

const { executionStarted, executionCompleted, executionDuration } = metrics
const { executionPaused, blockExecuted, blockDuration } = metrics

const workflowMetrics = {
  recordExecutionStarted(labels) {
    executionStarted.add(1, labels)
  },
  recordExecutionCompleted(execution) {
    executionCompleted.add(1, execution)
    const durationMs = read(execution, 'durationMs')
    if (typeof durationMs === 'number') executionDuration.record(durationMs, execution)
  },
  recordExecutionPaused(labels) {
    executionPaused.add(1, labels)
  },
  recordBlockExecuted(block) {
    blockExecuted.add(1, block)
    blockDuration.record(read(block, 'durationMs'), block)
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

module.exports = { workflowMetrics }
