// Compiled, never run: calls of the recorders of workflows.

import {
  type ExecutionCompletedLabels,
  type ExecutionStatus,
  type WorkflowMetrics,
  workflowMetrics,
} from '@sim/hkm-native'

declare const trigger: string | null | undefined
declare const status: ExecutionStatus
declare const durationMs: number | undefined
declare const execution: { id: string; trigger: string; status: ExecutionStatus; startedAt: Date }
declare const block: { blockType: string; operation?: string; error?: Error }

workflowMetrics.recordExecutionStarted({ trigger: 'webhook' })
workflowMetrics.recordExecutionStarted(execution)
workflowMetrics.recordExecutionPaused({ trigger })
workflowMetrics.recordExecutionCompleted({ trigger, status: 'success' })
workflowMetrics.recordExecutionCompleted({ trigger, status: 'cancelled', durationMs: 12 })
workflowMetrics.recordExecutionCompleted({ ...execution, durationMs })
workflowMetrics.recordBlockExecuted({ blockType: 'agent', success: true, durationMs: 12 })
workflowMetrics.recordBlockExecuted({
  blockType: 'agent',
  operation: 'chat',
  success: false,
  durationMs: 12,
})
workflowMetrics.recordBlockExecuted({ ...block, success: !block.error, durationMs: 1.5 })
workflowMetrics.recordBlockExecuted({
  blockType: 'agent',
  operation: block.operation,
  success: true,
  durationMs: 1,
})

export const statuses: Record<ExecutionStatus, true> = {
  success: true,
  failed: true,
  cancelled: true,
}
const completed: ExecutionCompletedLabels = { trigger, status }
const { recordExecutionCompleted } = workflowMetrics
recordExecutionCompleted(completed)
export const noop: WorkflowMetrics = {
  recordExecutionStarted() {},
  recordExecutionCompleted: ({ durationMs }) => durationMs?.toFixed(),
  recordExecutionPaused() {},
  recordBlockExecuted: ({ success }) => success,
}

// @ts-expect-error no trigger
workflowMetrics.recordExecutionStarted({})
// @ts-expect-error no labels
workflowMetrics.recordExecutionPaused()
// @ts-expect-error a misspelt label
workflowMetrics.recordExecutionPaused({ triger: 'webhook' })
// @ts-expect-error no status
workflowMetrics.recordExecutionCompleted({ trigger })
// @ts-expect-error a status that does not exist
workflowMetrics.recordExecutionCompleted({ trigger, status: 'error' })
// @ts-expect-error the duration is among the labels
workflowMetrics.recordExecutionCompleted(12, { trigger, status })
// @ts-expect-error a duration that is text
workflowMetrics.recordExecutionCompleted({ trigger, status, durationMs: '12' })
// @ts-expect-error no duration
workflowMetrics.recordBlockExecuted({ blockType: 'agent', success: true })
// @ts-expect-error success is a boolean
workflowMetrics.recordBlockExecuted({ blockType: 'agent', success: 'true', durationMs: 12 })
// @ts-expect-error no type of the block
workflowMetrics.recordBlockExecuted({ operation: 'chat', success: true, durationMs: 12 })
// @ts-expect-error a recorder that does not exist
workflowMetrics.recordExecutionResumed({ trigger })
