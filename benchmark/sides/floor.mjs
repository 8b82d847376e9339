// The least that a record could cost without a native call, and its two parts: the nested look-up of its series, and
// a store of the value with one atomic store that publishes it. No ring, no limits, no checks; nothing is delivered.

const SLOTS = 1 << 14

const ids = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
const values = new Float64Array(new SharedArrayBuffer(SLOTS * 8))
let position = 0
let known = 0
let found = 0

const [used, failed, costCharged, throttled] = [new Map(), new Map(), new Map(), new Map()]
const [upstreamRateLimited, queueWait, queueWaitExceeded] = [new Map(), new Map(), new Map()]

export function publish(id, value) {
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

/** Looks up, then gives id and value to `use`. */
function lookUp(use) {
  return {
    recordUsed({ provider, tool, key }) {
      use(used.get(provider)?.get(tool)?.get(key) ?? learn(used, [provider, tool, key]), 1)
    },

    recordFailed({ provider, tool, key, reason }) {
      const id = failed.get(provider)?.get(tool)?.get(key)?.get(reason)
      use(id ?? learn(failed, [provider, tool, key, reason]), 1)
    },

    recordCostCharged(costUsd, { provider, tool }) {
      const id = costCharged.get(provider)?.get(tool)
      use(id ?? learn(costCharged, [provider, tool]), costUsd)
    },

    recordThrottled({ provider, tool, reason }) {
      const id = throttled.get(provider)?.get(tool)?.get(reason)
      use(id ?? learn(throttled, [provider, tool, reason]), 1)
    },

    recordUpstreamRateLimited({ tool, key }) {
      const id = upstreamRateLimited.get(tool)?.get(key)
      use(id ?? learn(upstreamRateLimited, [tool, key]), 1)
    },

    recordQueueWait(durationMs, { provider, reason }) {
      const id = queueWait.get(provider)?.get(reason)
      use(id ?? learn(queueWait, [provider, reason]), durationMs)
    },

    recordQueueWaitExceeded({ provider, reason }) {
      const id = queueWaitExceeded.get(provider)?.get(reason)
      use(id ?? learn(queueWaitExceeded, [provider, reason]), 1)
    },
  }
}

export const lookUpAndStore = () => lookUp(publish)

/** The ids are added up, so that no compiler leaves the look-up out. */
export const lookUpOnly = () =>
  lookUp((id) => {
    found = (found + id) | 0
  })

export const storeOnly = () => ({
  recordUsed: () => publish(1, 1),
  recordFailed: () => publish(2, 1),
  recordCostCharged: (costUsd) => publish(3, costUsd),
  recordThrottled: () => publish(4, 1),
  recordUpstreamRateLimited: () => publish(5, 1),
  recordQueueWait: (durationMs) => publish(6, durationMs),
  recordQueueWaitExceeded: () => publish(7, 1),
})
