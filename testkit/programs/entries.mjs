// Loads the package by its name in each way, and prints what each has. Also what a condition of a bundler changes in that.

import { createRequire } from 'node:module'
import * as namespace from '@sim/hkm-native'
import hkm, {
  configureHostedKeyMetrics,
  configureMetrics,
  counter,
  defineMetrics,
  distribution,
  flushHostedKeyMetrics,
  flushMetrics,
  gauge,
  hostedKeyMetrics,
  hostedKeyMetricsStats,
  metricsStats,
  workflowMetrics,
} from '@sim/hkm-native'
import testing, { captureMetrics } from '@sim/hkm-native/testing'

const require = createRequire(import.meta.url)
const required = require('@sim/hkm-native')
const imported = {
  ...{ configureHostedKeyMetrics, configureMetrics, counter, defineMetrics, distribution },
  ...{ flushHostedKeyMetrics, flushMetrics, gauge, hostedKeyMetrics, hostedKeyMetricsStats },
  ...{ metricsStats, workflowMetrics },
}
const names = Object.keys(required)

const capture = captureMetrics()
required.hostedKeyMetrics.recordUsed({ provider: 'p' })
hostedKeyMetrics.recordUsed({ provider: 'p' })
const captured = capture.records().length
capture.stop()

console.log(
  JSON.stringify({
    names: names.toSorted(),
    namespace: Object.keys(namespace).filter((name) => name !== 'default'),
    others: names.filter((name) => imported[name] !== required[name]),
    isDefault: hkm === required && namespace.default === required,
    isSameCapture: require('@sim/hkm-native/testing').captureMetrics === captureMetrics,
    isDefaultOfTesting: testing.captureMetrics === captureMetrics,
    captured,
    // An entry for browsers is off from the start.
    state: metricsStats().state,
  })
)
process.disconnect?.()
