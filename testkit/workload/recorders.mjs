/**
 * What CloudWatch must hold for a call of a recorder. It follows the documented behaviour and does not use the package.
 */

/** What each recorder stands for. Dimensions follow `Environment`, in this order. */
export const METRICS = {
  recordUsed: { metricName: 'Used', unit: 'Count', labels: ['provider', 'tool', 'key'] },
  recordFailed: {
    metricName: 'Failed',
    unit: 'Count',
    labels: ['provider', 'tool', 'key', 'reason'],
  },
  recordCostCharged: {
    metricName: 'CostCharged',
    unit: 'None',
    labels: ['provider', 'tool'],
    value: (costUsd) => (costUsd > 0 ? costUsd : undefined),
  },
  recordThrottled: {
    metricName: 'Throttled',
    unit: 'Count',
    labels: ['provider', 'tool', 'reason'],
  },
  recordUpstreamRateLimited: {
    metricName: 'UpstreamRateLimited',
    unit: 'Count',
    labels: ['tool', 'key'],
  },
  recordQueueWait: {
    metricName: 'QueueWaitDuration',
    unit: 'Milliseconds',
    labels: ['provider', 'reason'],
    value: (durationMs) => Math.max(0, durationMs),
  },
  recordQueueWaitExceeded: {
    metricName: 'QueueWaitExceeded',
    unit: 'Count',
    labels: ['provider', 'reason'],
  },
  recordUnknownModelCost: { metricName: 'UnknownModelCost', unit: 'Count', labels: ['tool'] },
}

const DIMENSIONS = { provider: 'Provider', tool: 'Tool', key: 'Key', reason: 'Reason' }

/**
 * What CloudWatch must hold for one call.
 *
 * @param {{ recorder: keyof typeof METRICS, args: unknown[] }} call
 * @param {string} environment
 * @returns {{ metricName: string, unit: string, dimensions: [string, string][], value: number } | undefined}
 */
export function expectation({ recorder, args }, environment) {
  const { metricName, unit, labels: names, value: recorded } = METRICS[recorder]
  const given = args.at(-1)
  const value = recorded ? recorded(args[0]) : 1
  if (value === undefined) return undefined
  const dimensions = names
    .map((name) => [DIMENSIONS[name], String(given[name] ?? '')])
    .filter(([, text]) => text.trim() !== '')
  return { metricName, unit, dimensions: [['Environment', environment], ...dimensions], value }
}

/** The name of a record's series: metric, unit and dimensions in their order. */
export function seriesOf({ metricName, unit, dimensions }) {
  return `${metricName} ${unit} {${dimensions.map((pair) => pair.join('=')).join(',')}}`
}
