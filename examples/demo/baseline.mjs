/** What the same records cost on the wire when each is a datum of its own: a sample is sent, and scaled. */

import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { clientFor } from './readback.mjs'
import { NAMESPACE, recordersInto } from './tally.mjs'
import { hostedCalls } from './workload.mjs'

/** Source: PutMetricData, MetricData. */
const MAX_DATUMS_PER_REQUEST = 1_000
const SAMPLE_REQUESTS = 5

/**
 * @param {{ seed: number, durationMs: number }} workload of which the first records are the sample
 * @param {number} records that it has in all
 * @returns {Promise<{ sample: number, requests: number, raw: number, compressed: number }>} bytes of
 *   bodies, before and after gzip
 */
export async function oneDatumPerRecord({ seed, durationMs }, records) {
  const sample = SAMPLE_REQUESTS * MAX_DATUMS_PER_REQUEST
  const started = Date.now() - durationMs
  const datums = []
  const recorders = recordersInto(({ metric, unit, dimensions, value }) => {
    const Timestamp = new Date(started + (datums.length / records) * durationMs)
    datums.push({
      MetricName: metric,
      Dimensions: dimensions,
      Value: value,
      Unit: unit,
      Timestamp,
    })
  })
  const call = hostedCalls(seed, recorders)
  while (datums.length < sample) call()

  const cloudwatch = await startLocalCloudWatch()
  const client = clientFor(cloudwatch.endpoint)
  try {
    for (let first = 0; first < sample; first += MAX_DATUMS_PER_REQUEST) {
      const MetricData = datums.slice(first, first + MAX_DATUMS_PER_REQUEST)
      await client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }))
    }
    const { raw, compressed } = onTheWire(cloudwatch)
    const scale = records / sample
    return {
      sample,
      requests: Math.ceil(records / MAX_DATUMS_PER_REQUEST),
      raw: raw * scale,
      compressed: compressed * scale,
    }
  } finally {
    client.destroy()
    await cloudwatch.close()
  }
}

/** What arrived as PutMetricData, refused or not. Bytes of bodies, as sent and before gzip. */
export function onTheWire({ requests }) {
  const puts = requests.filter(({ operation }) => operation === 'PutMetricData')
  return {
    requests: puts.length,
    refused: puts.filter(({ applied }) => !applied).length,
    raw: puts.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    compressed: puts.reduce((sum, { wireBytes }) => sum + wireBytes, 0),
  }
}
