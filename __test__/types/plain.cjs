// Checked, never run: plain JavaScript, as an editor sees it.

const { flushHostedKeyMetrics, hostedKeyMetrics } = require('@sim/hkm-native')

/** @param {{ provider?: string, tool: string }} call */
function record(call) {
  const { provider, tool } = call
  hostedKeyMetrics.recordUsed({ provider, tool, key: 'OPENAI_API_KEY_1' })
  hostedKeyMetrics.recordQueueWait(5, { provider: provider ?? null, reason: 'dimension' })
  // @ts-expect-error a forgotten key
  hostedKeyMetrics.recordUsed({ provider, tool })
  // @ts-expect-error a provider that may be forgotten
  hostedKeyMetrics.recordUsed({ ...call, key: 'OPENAI_API_KEY_1' })
  // @ts-expect-error a misspelt reason
  hostedKeyMetrics.recordQueueWait(5, { provider, reason: 'dimensions' })
  return flushHostedKeyMetrics()
}

module.exports = { record }
