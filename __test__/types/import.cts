// Compiled, never run: imports that the compiler turns into `require`.

import * as hkm from '@sim/hkm-native'
import { type FailureReason, hostedKeyMetrics } from '@sim/hkm-native'

declare const reason: FailureReason
hostedKeyMetrics.recordFailed({ provider: 'openai', tool: 'chat', key: 'K', reason })
export const flushed: Promise<void> = hkm.flushHostedKeyMetrics()
// @ts-expect-error a misspelt label
hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error no value
hkm.hostedKeyMetrics.recordQueueWait({ provider: 'exa', reason: 'dimension' })
