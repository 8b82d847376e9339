// A package of a workspace that records.

import { createRequire } from 'node:module'
import { hostedKeyMetrics } from '@sim/hkm-native'

export const file = createRequire(import.meta.url).resolve('@sim/hkm-native')

export function order() {
  hostedKeyMetrics.recordUsed({ provider: 'p', tool: 'orders' })
}
