// The least that a record could cost without a native call: the nested look-up of its series, a store of the
// value, and one atomic store that publishes it. No ring, no limits, no checks; nothing is delivered.

const SLOTS = 1 << 14

const ids = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
const values = new Float64Array(new SharedArrayBuffer(SLOTS * 8))
let position = 0
let known = 0

const [used, failed, costCharged, throttled] = [new Map(), new Map(), new Map(), new Map()]
const [upstreamRateLimited, queueWait, queueWaitExceeded] = [new Map(), new Map(), new Map()]

function store(id, value) {
  const slot = position++ & (SLOTS - 1)
  values[slot] = value
  Atomics.store(ids, slot, id)
}

function learn(series, labels) {
  const last = labels.pop()
  let level = series
  for (const label of labels) {
    if (!level.has(label)) level.set(label, new Map())
    level = level.get(label)
  }
  level.set(last, ++known)
  return known
}

export const hostedKeyMetrics = {
  recordUsed({ provider, tool, key }) {
    store(used.get(provider)?.get(tool)?.get(key) ?? learn(used, [provider, tool, key]), 1)
  },

  recordFailed({ provider, tool, key, reason }) {
    const id = failed.get(provider)?.get(tool)?.get(key)?.get(reason)
    store(id ?? learn(failed, [provider, tool, key, reason]), 1)
  },

  recordCostCharged(costUsd, { provider, tool }) {
    const id = costCharged.get(provider)?.get(tool)
    store(id ?? learn(costCharged, [provider, tool]), costUsd)
  },

  recordThrottled({ provider, tool, reason }) {
    const id = throttled.get(provider)?.get(tool)?.get(reason)
    store(id ?? learn(throttled, [provider, tool, reason]), 1)
  },

  recordUpstreamRateLimited({ tool, key }) {
    const id = upstreamRateLimited.get(tool)?.get(key)
    store(id ?? learn(upstreamRateLimited, [tool, key]), 1)
  },

  recordQueueWait(durationMs, { provider, reason }) {
    const id = queueWait.get(provider)?.get(reason)
    store(id ?? learn(queueWait, [provider, reason]), durationMs)
  },

  recordQueueWaitExceeded({ provider, reason }) {
    const id = queueWaitExceeded.get(provider)?.get(reason)
    store(id ?? learn(queueWaitExceeded, [provider, reason]), 1)
  },
}
