// A call of a tool on a hosted key.

import { hostedKeyMetrics, hostedKeyMetricsStats } from '@sim/hkm-native'

export async function POST(request) {
  const { provider, tool } = await request.json()
  const key = `${provider.toUpperCase()}_API_KEY_1`
  hostedKeyMetrics.recordQueueWait(20, { provider, reason: 'actor_requests' })
  hostedKeyMetrics.recordUsed({ provider, tool, key })
  hostedKeyMetrics.recordCostCharged(0.0021, { provider, tool })
  return Response.json(hostedKeyMetricsStats())
}
