// Checked, never run: plain JavaScript, as an editor sees it.

const { flushHostedKeyMetrics, hostedKeyMetrics } = require('@sim/hkm-native')

/** @param {{ provider?: string, tool: string }} call */
function record(call) {
  hostedKeyMetrics.recordUsed({ ...call, key: 'OPENAI_API_KEY_1' })
  hostedKeyMetrics.recordQueueWait(5, { provider: call.provider ?? null, reason: 'dimension' })
  // @ts-expect-error a misspelt reason
  hostedKeyMetrics.recordQueueWait(5, { ...call, reason: 'dimensions' })
  return flushHostedKeyMetrics()
}

module.exports = { record }
