// Adopts what other processes have left in the directory of its spool, until nothing is left, flushes, and sends its statistics.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { flushMetrics, hostedKeyMetrics, metricsStats } from '../../index.js'

hostedKeyMetrics.recordUsed({ provider: 'p', tool: 't', key: 'K' })
const isAlone = () => readdirSync(process.env.HKM_SPOOL_DIRECTORY).length <= 1
while (!isAlone()) {
  await flushMetrics()
  await sleep(20)
}
await flushMetrics()
process.send({ stats: metricsStats() })
