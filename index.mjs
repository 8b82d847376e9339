// The public API for `import`: the functions of `index.js`, so that both ways to load the package share their state.

import hkm from './index.js'

export const {
  counter,
  defineMetrics,
  distribution,
  gauge,
  flushMetrics,
  metricsStats,
  configureMetrics,
  hostedKeyMetrics,
  workflowMetrics,
  flushHostedKeyMetrics,
  hostedKeyMetricsStats,
  configureHostedKeyMetrics,
} = hkm

export default hkm
