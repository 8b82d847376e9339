// Compiled, never run: the package from CommonJS.

import hkm = require('@sim/hkm-native')

hkm.hostedKeyMetrics.recordUsed({ provider: 'openai', tool: 'chat', key: 'OPENAI_API_KEY_1' })
export const flushed: Promise<void> = hkm.flushHostedKeyMetrics()
