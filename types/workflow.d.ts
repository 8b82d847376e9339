import type { MetricsOptions } from './options.js'
import type { DroppedRecords } from './stats.js'

/** How an execution of a workflow ended. */
export type ExecutionStatus = 'success' | 'failed' | 'cancelled'

/** The label of the dimension `Trigger`. */
export interface TriggerLabel {
  /** What started the execution, such as `webhook`. `null`, `undefined` and a blank text leave the dimension out. */
  trigger: string | null | undefined
}

/** Labels of {@link WorkflowMetrics.recordExecutionStarted}. */
export interface ExecutionStartedLabels extends TriggerLabel {}

/** Labels of {@link WorkflowMetrics.recordExecutionPaused}. */
export interface ExecutionPausedLabels extends TriggerLabel {}

/** What {@link WorkflowMetrics.recordExecutionCompleted} takes. */
export interface ExecutionCompletedLabels extends TriggerLabel {
  /** How the execution ended: `'success'`, `'failed'` or `'cancelled'`. Dimension `Status`. */
  status: ExecutionStatus
  /**
   * How long the execution took, in milliseconds. Without a number, no duration is recorded. A negative number is recorded
   * as zero and counted in `sanitized`.
   */
  durationMs?: number | null | undefined
}

/** What {@link WorkflowMetrics.recordBlockExecuted} takes. */
export interface BlockExecutedLabels {
  /** The type of the block, such as `agent`. Dimension `BlockType`. */
  blockType: string | null | undefined
  /** What the block did, such as `chat`. Dimension `Operation`; `null`, `undefined` and a blank text leave it out. */
  operation?: string | null | undefined
  /** Whether the block succeeded. Dimension `Success`, `true` or `false`. */
  success: boolean
  /** How long the block took, in milliseconds. A negative number is recorded as zero and counted in `sanitized`. */
  durationMs: number
}

/**
 * The recorders of workflows.
 *
 * Most have recommended roll-ups, which are stored if the option `rollups` of {@link MetricsOptions} is on. CloudWatch bills each
 * of their series as a metric.
 *
 * A recorder returns `undefined`. It never throws and never waits, whatever it is given. While metrics are off, it does
 * nothing. A record that cannot be stored is dropped alone, and counted in {@link DroppedRecords}.
 */
export interface WorkflowMetrics {
  /**
   * Counts an execution that started.
   *
   * Metric `ExecutionStarted`, value 1, unit Count. Dimension `Trigger`. Recommended roll-up: in total.
   *
   * @param labels `trigger`.
   */
  recordExecutionStarted(labels: ExecutionStartedLabels): void

  /**
   * Counts an execution that ended, and records how long it took.
   *
   * Metric `ExecutionCompleted`, value 1, unit Count, and with a duration the metric `ExecutionDuration`, value
   * `durationMs`, unit Milliseconds. Dimensions `Trigger`, `Status`. Recommended roll-ups: `ExecutionCompleted` by `Status` and
   * in total, `ExecutionDuration` in total.
   *
   * @param labels `trigger`, `status` and, if it is known, `durationMs`.
   */
  recordExecutionCompleted(labels: ExecutionCompletedLabels): void

  /**
   * Counts an execution that paused.
   *
   * Metric `ExecutionPaused`, value 1, unit Count. Dimension `Trigger`.
   *
   * @param labels `trigger`.
   */
  recordExecutionPaused(labels: ExecutionPausedLabels): void

  /**
   * Counts a block that was executed, and records how long it took.
   *
   * Metric `BlockExecuted`, value 1, unit Count, dimensions `BlockType`, `Operation`, `Success`. Metric `BlockDuration`,
   * value `durationMs`, unit Milliseconds, dimension `BlockType`. Recommended roll-ups: `BlockExecuted` by `BlockType` and
   * `Success` and by `Success`, `BlockDuration` in total.
   *
   * @param labels `blockType`, `operation` if the block has several, `success` and `durationMs`.
   */
  recordBlockExecuted(labels: BlockExecutedLabels): void
}

/**
 * Records metrics of executions of workflows, in the namespace `Sim/Workflow`. Recording neither throws nor waits, and
 * works in every thread.
 *
 * The first dimension of each metric is `Environment`. The dimensions of the labels follow, in the order in which each
 * recorder lists them.
 *
 * @example
 * ```ts
 * workflowMetrics.recordExecutionStarted({ trigger: 'webhook' })
 * workflowMetrics.recordExecutionCompleted({ trigger: 'webhook', status: 'success', durationMs: 1_204 })
 * ```
 */
export declare const workflowMetrics: WorkflowMetrics
