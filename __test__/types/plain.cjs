// Checked, never run: plain JavaScript, as an editor sees it.

const {
  counter,
  defineMetrics,
  distribution,
  flushHostedKeyMetrics,
  hostedKeyMetrics,
} = require('@sim/hkm-native')

const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: { region: {}, status: ['paid', 'failed'] } }),
    latency: distribution({ unit: 'Milliseconds' }),
  },
})

/** @param {import('@sim/hkm-native').LabelsOf<typeof shop.orders>} labels */
function order(labels) {
  const stop = shop.latency.startTimer()
  shop.orders.add(1, labels)
  shop.orders.add(1, { region: 'eu', status: 'paid' })
  // @ts-expect-error a forgotten region
  shop.orders.add(1, { status: 'paid' })
  // @ts-expect-error a misspelt value
  shop.orders.add(1, { region: 'eu', status: 'pad' })
  return stop()
}

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

module.exports = { order, record }
