// A server component that looks at the counters.

import { hostedKeyMetricsStats } from '@sim/hkm-native'

export const dynamic = 'force-dynamic'

export default function Status() {
  const { state, recorded, applied } = hostedKeyMetricsStats()
  return <output>{`${state}: ${recorded} recorded, ${applied} applied`}</output>
}
