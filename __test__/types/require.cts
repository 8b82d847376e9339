// Compiled, never run: the package required from CommonJS that is written in TypeScript.

import hkm = require('@sim/hkm-native')

hkm.hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
hkm.configureHostedKeyMetrics({ logger: console })
export const flushed: Promise<void> = hkm.flushHostedKeyMetrics()
export const reason: hkm.FailureReason = 'auth'
// @ts-expect-error a misspelt label
hkm.hostedKeyMetrics.recordUsed({ provder: 'openai', tool: 'chat', key: 'K' })
// @ts-expect-error an export that does not exist
hkm.flush()
