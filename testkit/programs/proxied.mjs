// Records, flushes until an attempt has failed, and ends at once.

import { flushHostedKeyMetrics, hostedKeyMetrics, hostedKeyMetricsStats } from '../../index.js'

hostedKeyMetrics.recordUsed({ provider: 'p' })
flushHostedKeyMetrics()
while (hostedKeyMetricsStats().state === 'on' && !hostedKeyMetricsStats().lastError) {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
process.kill(process.pid, 'SIGKILL')
