// A function of Lambda. An event names the source of its records, and says how many it makes.

import { flushMetrics, hostedKeyMetrics, metricsStats } from '@sim/hkm-native'

function record({ source, records }) {
  for (let number = 1; number <= records; number++) {
    hostedKeyMetrics.recordCostCharged(number, { provider: source, tool: 'function' })
  }
}

/** What a user writes: the flush is the last thing before the answer. */
export async function flushing(event) {
  record(event)
  await flushMetrics()
  return metricsStats()
}

export async function recording(event) {
  record(event)
  return metricsStats()
}

/** Runtimes up to Node 22 answer such a function at `beforeExit`. */
export function callingBack(event, _context, callback) {
  record(event)
  callback(null, metricsStats())
}
