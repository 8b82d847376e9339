// Records, flushes until an attempt has failed, and ends at once. Prints the stats as JSON.

import { writeSync } from 'node:fs'
import { flushHostedKeyMetrics, hostedKeyMetrics, hostedKeyMetricsStats } from '../../index.js'

hostedKeyMetrics.recordUsed({ provider: 'p' })
flushHostedKeyMetrics()
while (hostedKeyMetricsStats().state === 'on' && !hostedKeyMetricsStats().lastError) {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
writeSync(1, JSON.stringify(hostedKeyMetricsStats()))
process.kill(process.pid, 'SIGKILL')
