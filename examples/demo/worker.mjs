/**
 * The application: makes hosted calls at a steady pace and ends by having nothing left to do. It calls no
 * flush: what the package still holds then is sent before the process ends.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { hostedKeyMetrics, hostedKeyMetricsStats } from '../../index.js'
import { Tally } from './tally.mjs'
import { hostedCalls } from './workload.mjs'

const PROGRESS_INTERVAL_MS = 250
/** How often calls are made, so that the pace is steady. */
const TICK_MS = 10

const { seed, calls, durationMs } = JSON.parse(process.argv[2])

// Before the first record, so that this is the first to see the end; the flush is over by then. Pipes are
// written synchronously here.
process.on('exit', () => process.send({ stats: hostedKeyMetricsStats() }))

const tally = new Tally()
const call = hostedCalls(seed, tally.countingInto(hostedKeyMetrics))
const started = performance.now()
let reportAt = started + PROGRESS_INTERVAL_MS

for (let made = 0; made < calls; ) {
  const now = performance.now()
  const due = Math.min(calls, Math.ceil((calls * (now - started)) / durationMs))
  for (; made < due; made++) call()
  if (now >= reportAt) {
    reportAt = now + PROGRESS_INTERVAL_MS
    process.send({ progress: { share: made / calls, records: tally.records } })
  }
  await sleep(TICK_MS)
}

process.send({ recorded: { records: tally.records, series: [...tally.series.values()] } })
