/**
 * Made-up hosted-key traffic. The numbers are plausible, not measured; the same seed gives the same calls.
 */

import { mulberry32 } from '../../testkit/workload/random.mjs'

const KEYS_PER_PROVIDER = 3

/** US dollars and milliseconds are medians of log-normal distributions; `share` is of all calls. */
const PROVIDERS = [
  provider('openai', ['openai_chat', 'openai_embeddings', 'openai_image'], 30, 0.0042, 45),
  provider('anthropic', ['anthropic_messages', 'anthropic_batch'], 22, 0.0081, 120),
  provider('exa', ['exa_search', 'exa_contents', 'exa_answer'], 14, 0.005, 80),
  provider('firecrawl', ['firecrawl_scrape', 'firecrawl_crawl'], 11, 0.0016, 650),
  provider('perplexity', ['perplexity_chat'], 7, 0.006, 210),
  provider('serper', ['serper_search'], 6, 0.001, 25),
  provider('jina', ['jina_read_url', 'jina_search'], 4, 0.0004, 140),
  provider('elevenlabs', ['elevenlabs_tts'], 16, 0.03, 2_400),
]

/** Queues are crowded for everybody at once: the longest waits are far above the median. */
const WAIT_SIGMA = 1.1
const COST_SIGMA = 1.6
const QUEUE_LIMIT_MS = 30_000

/** Probabilities for a call. */
const QUEUED = 0.75
const BILLING_LIMIT_REACHED = 0.012
const RATE_LIMITED = 0.04
const FAILED = 0.015
const FREE = 0.05
const MODEL_UNKNOWN = 0.004

const totalShare = PROVIDERS.reduce((sum, { share }) => sum + share, 0)

function provider(name, tools, share, medianCostUsd, medianWaitMs) {
  const keys = Array.from(
    { length: KEYS_PER_PROVIDER },
    (_, index) => `${name.toUpperCase()}_API_KEY_${index + 1}`
  )
  return { name, tools, share, medianCostUsd, medianWaitMs, keys }
}

/** The provider whose tool this is. */
export function providerOf(tool) {
  return PROVIDERS.find(({ tools }) => tools.includes(tool))?.name
}

/** The provider names, busiest first. */
export const PROVIDER_NAMES = PROVIDERS.map(({ name }) => name)

/**
 * Makes one hosted call after the other. Each is zero or more waits, attempts and a charge.
 *
 * @param {number} seed
 * @param {typeof import('../../index.js').hostedKeyMetrics} metrics
 * @returns {() => void} makes the next call
 */
export function hostedCalls(seed, metrics) {
  const random = mulberry32(seed)
  const happens = (probability) => random() < probability
  const pick = (list) => list[Math.floor(random() * list.length)]
  const logNormal = (median, sigma) => median * Math.exp(sigma * normal(random))

  return function call() {
    const { name: provider, tools, keys, medianCostUsd, medianWaitMs } = pickProvider(random)
    const tool = pick(tools)

    if (happens(BILLING_LIMIT_REACHED)) {
      metrics.recordThrottled({ provider, tool, reason: 'billing_actor_limit' })
      return
    }
    if (happens(QUEUED)) {
      const reason = happens(0.7) ? 'actor_requests' : pick(['dimension', 'queue_position'])
      const wait = Math.round(logNormal(medianWaitMs, WAIT_SIGMA))
      metrics.recordQueueWait(Math.min(wait, QUEUE_LIMIT_MS), { provider, reason })
      if (wait > QUEUE_LIMIT_MS) {
        metrics.recordQueueWaitExceeded({ provider, reason })
        return
      }
    }

    // A key that is rate limited upstream is left for the next one.
    const first = Math.floor(random() * keys.length)
    const attempts = keys.map((_, index) => keys[(first + index) % keys.length])
    const key = attempts.find((candidate) => {
      const isLimited = happens(RATE_LIMITED)
      if (isLimited) metrics.recordUpstreamRateLimited({ tool, key: candidate })
      return !isLimited
    })
    if (key === undefined) {
      const last = attempts.at(-1)
      metrics.recordThrottled({ provider, tool, reason: 'upstream_retries_exhausted' })
      metrics.recordFailed({ provider, tool, key: last, reason: 'rate_limited' })
      return
    }

    if (happens(FAILED)) {
      const reason = pick(['rate_limited', 'auth', 'other', 'other', 'metering'])
      metrics.recordFailed({ provider, tool, key, reason })
      return
    }
    metrics.recordUsed({ provider, tool, key })
    if (happens(MODEL_UNKNOWN)) {
      metrics.recordUnknownModelCost({ tool })
      return
    }
    const cost = happens(FREE) ? 0 : logNormal(medianCostUsd, COST_SIGMA)
    metrics.recordCostCharged(cost, { provider, tool })
  }
}

function pickProvider(random) {
  let rest = random() * totalShare
  return PROVIDERS.find(({ share }) => {
    rest -= share
    return rest < 0
  })
}

/** A standard normal number, by Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
