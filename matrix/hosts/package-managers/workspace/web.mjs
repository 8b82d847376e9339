// A package of a workspace that records, and uses another one that does. Tells whether both have the same copy.

import { createRequire } from 'node:module'
import { file, order } from '@project/orders'
import { hostedKeyMetrics, hostedKeyMetricsStats } from '@sim/hkm-native'

for (let call = 0; call < 1_000; call++) {
  hostedKeyMetrics.recordUsed({ provider: 'p', tool: 'web' })
  order()
}
const isOne = file === createRequire(import.meta.url).resolve('@sim/hkm-native')
console.log(JSON.stringify({ isOne, recorded: hostedKeyMetricsStats().recorded }))
