// A task that calls tools on hosted keys, and the hook that runs when it is complete.

import { flushHostedKeyMetrics, hostedKeyMetrics } from '@sim/hkm-native'

/** Records what `calls` calls cost. */
export function run({ run, calls }) {
  for (let call = 1; call <= calls; call++) {
    hostedKeyMetrics.recordUsed({ provider: 'openai', tool: run, key: process.env.KEY_NAME })
    hostedKeyMetrics.recordCostCharged(call, { provider: 'openai', tool: run })
  }
}

/** The process may be frozen from now on, or ended. */
export async function onComplete() {
  await flushHostedKeyMetrics()
}
