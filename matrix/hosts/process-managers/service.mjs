// A service: records, notes that in the journal, and listens until it is ended. Its first runs crash, if told to.

import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { hostedKeyMetrics, hostedKeyMetricsStats } from '@sim/hkm-native'

const RECORDS = 1_000
const { JOURNAL, CRASHES = '0' } = process.env

const runsBefore = readFileSync(JOURNAL, 'utf8').split('\n').length - 1
for (let call = 0; call < RECORDS; call++) {
  hostedKeyMetrics.recordUsed({ provider: 'p', tool: `run-${process.pid}` })
}
const { state, recorded } = hostedKeyMetricsStats()
appendFileSync(JOURNAL, `${JSON.stringify({ pid: process.pid, state, recorded })}\n`)

if (runsBefore < Number(CRASHES)) process.exit(3)
// In a cluster, the workers share the port.
createServer((_, response) => response.end('here\n')).listen(0, '127.0.0.1')
