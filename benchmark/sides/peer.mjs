// What one would write without this package: a datum for each record in a JavaScript array, sent with the
// AWS SDK for JavaScript. The other side of every figure, so it is written to be fast and correct: batches as
// large as CloudWatch takes, one request at a time, the SDK's own connection reuse, gzip and retries.

import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'

const NAMESPACE = 'Sim/HostedKey'
const FLUSH_INTERVAL_MS = 5_000
// Datums a request. Source: PutMetricData, MetricData.
const MAX_BATCH = 1_000
const MAX_BUFFERED = 10_000

const environment = {
  Name: 'Environment',
  Value: process.env.DEPLOYMENT_ENVIRONMENT || process.env.NODE_ENV || 'development',
}

let buffer = []
let dropped = 0
let client
let timer
let sending

function record(MetricName, Unit, Value, Dimensions) {
  if (buffer.length >= MAX_BUFFERED) {
    buffer.shift()
    dropped++
  }
  buffer.push({ MetricName, Dimensions, Timestamp: new Date(), Value, Unit })
  if (timer === undefined) timer = setInterval(flush, FLUSH_INTERVAL_MS).unref()
  if (buffer.length >= MAX_BATCH && sending === undefined) send(MAX_BATCH)
}

/** Sends while at least `enough` datums wait, one request after the other. Never rejects. */
function send(enough) {
  sending = sendBatches(enough).finally(() => {
    sending = undefined
  })
  return sending
}

async function sendBatches(enough) {
  client ??= new CloudWatchClient({ region: process.env.AWS_REGION ?? 'us-east-1' })
  while (buffer.length >= enough) {
    const MetricData = buffer.slice(0, MAX_BATCH)
    buffer = buffer.slice(MAX_BATCH)
    try {
      await client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }))
    } catch (error) {
      dropped += MetricData.length
      console.warn(`[peer] ${MetricData.length} datums were not delivered: ${error}`)
    }
  }
}

/** Sends everything that waits. */
async function flush() {
  while (sending !== undefined) await sending
  if (buffer.length > 0) await send(1)
}

const hostedKeyMetrics = {
  recordUsed({ provider, tool, key }) {
    record('Used', 'Count', 1, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Tool', Value: tool },
      { Name: 'Key', Value: key },
    ])
  },

  recordFailed({ provider, tool, key, reason }) {
    record('Failed', 'Count', 1, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Tool', Value: tool },
      { Name: 'Key', Value: key },
      { Name: 'Reason', Value: reason },
    ])
  },

  recordCostCharged(costUsd, { provider, tool }) {
    if (!(costUsd > 0)) return
    record('CostCharged', 'None', costUsd, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Tool', Value: tool },
    ])
  },

  recordThrottled({ provider, tool, reason }) {
    record('Throttled', 'Count', 1, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Tool', Value: tool },
      { Name: 'Reason', Value: reason },
    ])
  },

  recordUpstreamRateLimited({ tool, key }) {
    record('UpstreamRateLimited', 'Count', 1, [
      environment,
      { Name: 'Tool', Value: tool },
      { Name: 'Key', Value: key },
    ])
  },

  recordQueueWait(durationMs, { provider, reason }) {
    record('QueueWaitDuration', 'Milliseconds', durationMs, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Reason', Value: reason },
    ])
  },

  recordQueueWaitExceeded({ provider, reason }) {
    record('QueueWaitExceeded', 'Count', 1, [
      environment,
      { Name: 'Provider', Value: provider },
      { Name: 'Reason', Value: reason },
    ])
  },

  recordUnknownModelCost({ tool }) {
    record('UnknownModelCost', 'Count', 1, [environment, { Name: 'Tool', Value: tool }])
  },
}

/** Half of what is buffered at most: far enough from it that nothing is dropped in between. */
const ROOM = MAX_BUFFERED / 2

export const open = () => ({
  metrics: hostedKeyMetrics,
  flush,
  makeRoom() {
    if (buffer.length >= ROOM) return flush()
  },
  dropped: () => dropped,
})
