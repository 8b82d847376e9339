import { flushHostedKeyMetrics, hostedKeyMetricsStats } from '@sim/hkm-native'

export async function POST() {
  await flushHostedKeyMetrics()
  return Response.json(hostedKeyMetricsStats())
}
