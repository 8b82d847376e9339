// What is compared, behind one shape. Nothing is imported before a side is opened: importing is measured too.

/**
 * @typedef {object} Side
 * @property {typeof import('../index.js').hostedKeyMetrics} metrics
 * @property {() => Promise<void>} flush
 * @property {() => Promise<void> | void} makeRoom to be called at times by a producer that never pauses
 * @property {() => number} dropped records lost so far
 */

// Half of what the peer buffers at most: far enough from it that nothing is dropped in between.
const PEER_ROOM = 5_000

const doNothing = () => {}

const SIDES = {
  async native() {
    const { hostedKeyMetrics, flushHostedKeyMetrics, hostedKeyMetricsStats } = await import(
      '../index.js'
    )
    return {
      metrics: hostedKeyMetrics,
      flush: flushHostedKeyMetrics,
      makeRoom: doNothing,
      dropped() {
        const { state, reason, dropped } = hostedKeyMetricsStats()
        if (state !== 'on') throw new Error(`the native side is ${state}: ${reason}`)
        return Object.values(dropped).reduce((sum, points) => sum + points, 0)
      },
    }
  },

  async peer() {
    const { hostedKeyMetrics, flush, stats } = await import('./peer.mjs')
    return {
      metrics: hostedKeyMetrics,
      flush,
      makeRoom() {
        if (stats().buffered >= PEER_ROOM) return flush()
      },
      dropped: () => stats().dropped,
    }
  },

  /** The loop, the pacing and the arguments of each call, without anything recorded. */
  async nothing() {
    const metrics = {
      recordUsed: doNothing,
      recordFailed: doNothing,
      recordCostCharged: doNothing,
      recordThrottled: doNothing,
      recordUpstreamRateLimited: doNothing,
      recordQueueWait: doNothing,
      recordQueueWaitExceeded: doNothing,
    }
    return { metrics, flush: async () => {}, makeRoom: doNothing, dropped: () => 0 }
  },

  async floor() {
    const { hostedKeyMetrics } = await import('./floor.mjs')
    return {
      metrics: hostedKeyMetrics,
      flush: async () => {},
      makeRoom: doNothing,
      dropped: () => 0,
    }
  },
}

/** The sides that send what they record. */
export const DELIVERING = ['native', 'peer']

/**
 * @param {string} name
 * @returns {Promise<Side>}
 */
export function open(name) {
  return SIDES[name]()
}
