// What hosted-key calls record: seven of the eight recorders over about 100 series, with values that spread as
// durations and prices do. Deterministic, so that what was recorded can be told afterwards.

import { shares } from './shares.mjs'

const PROVIDERS = ['openai', 'exa', 'firecrawl', 'browserbase']
const TOOLS = ['search', 'scrape', 'embed', 'crawl_website']
const FAILURES = ['rate_limited', 'auth', 'other', 'metering']
const THROTTLES = ['billing_actor_limit', 'upstream_retries_exhausted']
const WAITS = ['actor_requests', 'dimension', 'queue_position']

/** Records in a block: two hosted-key calls. */
const BLOCK = 10

let subjects = PROVIDERS.flatMap((provider) =>
  TOOLS.map((tool, index) => ({
    provider,
    tool: `${provider}_${tool}`,
    key: `${provider.toUpperCase()}_API_KEY_${index + 1}`,
    failure: FAILURES[index],
    throttle: THROTTLES[index % THROTTLES.length],
    wait: WAITS[index % WAITS.length],
  }))
)

/** From now on a key's name is put together for each record, as `${prefix}_${number}` at a call site is. */
function buildKeyNames() {
  subjects = subjects.map(({ key, ...subject }) => {
    const end = key.lastIndexOf('_')
    const [prefix, number] = [key.slice(0, end), key.slice(end + 1)]
    return {
      ...subject,
      get key() {
        return `${prefix}_${number}`
      },
    }
  })
}

// A prime number of values, so that every series meets all of them.
const VALUES = 1_021
const durations = shares(1, VALUES).map((share) => Math.round(5_000 * share ** 3))
const costs = shares(2, VALUES).map((share) => (1 + Math.round(40_000 * share ** 2)) / 1e6)

/** Makes the records of two hosted-key calls, as call sites do: each with labels of its own. */
function recordBlock(metrics, block) {
  const one = subjects[block % subjects.length]
  const two = subjects[(block * 7 + 5) % subjects.length]
  const value = (2 * block) % VALUES
  const next = (2 * block + 1) % VALUES

  metrics.recordQueueWait(durations[value], { provider: one.provider, reason: one.wait })
  metrics.recordUsed({ provider: one.provider, tool: one.tool, key: one.key })
  metrics.recordCostCharged(costs[value], { provider: one.provider, tool: one.tool })
  metrics.recordUpstreamRateLimited({ tool: one.tool, key: one.key })
  metrics.recordFailed({
    provider: one.provider,
    tool: one.tool,
    key: one.key,
    reason: one.failure,
  })

  metrics.recordQueueWait(durations[next], { provider: two.provider, reason: two.wait })
  metrics.recordQueueWaitExceeded({ provider: two.provider, reason: two.wait })
  metrics.recordUsed({ provider: two.provider, tool: two.tool, key: two.key })
  metrics.recordCostCharged(costs[next], { provider: two.provider, tool: two.tool })
  metrics.recordThrottled({ provider: two.provider, tool: two.tool, reason: two.throttle })
}

/** @returns {import('./index.mjs').Load} */
export function mixedLoad({ newNames = false } = {}) {
  if (newNames) buildKeyNames()
  return {
    step: BLOCK,
    run(metrics, first, count) {
      for (let record = first; record < first + count; record += BLOCK) {
        recordBlock(metrics, record / BLOCK)
      }
    },
    totals(count) {
      const totals = {}
      const add = (name, value) => {
        totals[name] ??= { points: 0, sum: 0 }
        totals[name].points++
        totals[name].sum += value
      }
      const metrics = {
        recordUsed: () => add('Used', 1),
        recordFailed: () => add('Failed', 1),
        recordCostCharged: (costUsd) => add('CostCharged', costUsd),
        recordThrottled: () => add('Throttled', 1),
        recordUpstreamRateLimited: () => add('UpstreamRateLimited', 1),
        recordQueueWait: (durationMs) => add('QueueWaitDuration', durationMs),
        recordQueueWaitExceeded: () => add('QueueWaitExceeded', 1),
      }
      for (let block = 0; block < count / BLOCK; block++) recordBlock(metrics, block)
      return totals
    },
  }
}
