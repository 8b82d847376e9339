// This package.

/** @param {typeof import('../../index.js')} hkm imported by the caller, as an application would */
export function nativeSide({ hostedKeyMetrics, flushHostedKeyMetrics, hostedKeyMetricsStats }) {
  return {
    metrics: hostedKeyMetrics,
    flush: flushHostedKeyMetrics,
    makeRoom() {},
    dropped() {
      const { state, reason, dropped } = hostedKeyMetricsStats()
      if (state !== 'on') throw new Error(`the native side is ${state}: ${reason}`)
      return Object.values(dropped).reduce((sum, points) => sum + points, 0)
    },
  }
}
