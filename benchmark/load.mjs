// The load, the same for every side: what hosted-key calls record, over about 100 series, with values that
// spread as durations and prices do. Deterministic, so that what was recorded can be told afterwards.

const PROVIDERS = ['openai', 'exa', 'firecrawl', 'browserbase']
const TOOLS = ['search', 'scrape', 'embed', 'crawl_website']
const FAILURES = ['rate_limited', 'auth', 'other', 'metering']
const THROTTLES = ['billing_actor_limit', 'upstream_retries_exhausted']
const WAITS = ['actor_requests', 'dimension', 'queue_position']

/** Records in a block. */
export const BLOCK = 10

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
export function buildKeyNames() {
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
const durations = Array.from(spread(1), (share) => Math.round(5_000 * share ** 3))
const costs = Array.from(spread(2), (share) => (1 + Math.round(40_000 * share ** 2)) / 1e6)

/** Shares of 1 that look random and are the same in each process (the generator of POSIX `rand_r`). */
function* spread(seed) {
  let state = seed
  for (let index = 0; index < VALUES; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    yield state / 0x7fffffff
  }
}

/** Makes the records of two hosted-key calls, as call sites do: each with labels of its own. */
export function recordBlock(metrics, block) {
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

/** What blocks `0` to `blocks` record: points and their sum, by metric. */
export function expectedTotals(blocks) {
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
  for (let block = 0; block < blocks; block++) recordBlock(metrics, block)
  return totals
}
