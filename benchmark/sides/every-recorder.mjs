// The facade made of one function for all counters and one for all values.

/**
 * @param {(metric: string, labels: Record<string, string>, amount: number) => void} count
 * @param {(metric: string, labels: Record<string, string>, value: number) => void} observe
 * @param {(metric: string, kind: 'counter' | 'value', labels: string[]) => unknown} [instrument] makes what the two
 *   are given in place of the metric's name
 */
export function everyRecorder(count, observe, instrument = (metric) => metric) {
  const used = instrument('Used', 'counter', ['provider', 'tool', 'key'])
  const failed = instrument('Failed', 'counter', ['provider', 'tool', 'key', 'reason'])
  const costCharged = instrument('CostCharged', 'value', ['provider', 'tool'])
  const throttled = instrument('Throttled', 'counter', ['provider', 'tool', 'reason'])
  const upstreamRateLimited = instrument('UpstreamRateLimited', 'counter', ['tool', 'key'])
  const queueWait = instrument('QueueWaitDuration', 'value', ['provider', 'reason'])
  const queueWaitExceeded = instrument('QueueWaitExceeded', 'counter', ['provider', 'reason'])
  const unknownModelCost = instrument('UnknownModelCost', 'counter', ['tool'])
  return {
    recordUsed: (labels) => count(used, labels, 1),
    recordFailed: (labels) => count(failed, labels, 1),
    recordCostCharged: (costUsd, labels) => observe(costCharged, labels, costUsd),
    recordThrottled: (labels) => count(throttled, labels, 1),
    recordUpstreamRateLimited: (labels) => count(upstreamRateLimited, labels, 1),
    recordQueueWait: (durationMs, labels) => observe(queueWait, labels, durationMs),
    recordQueueWaitExceeded: (labels) => count(queueWaitExceeded, labels, 1),
    recordUnknownModelCost: (labels) => count(unknownModelCost, labels, 1),
  }
}
