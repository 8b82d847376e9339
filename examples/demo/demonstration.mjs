/** The run itself: record, read back, compare, print. */

import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { throttle } from '@sim/local-cloudwatch/faults'
import { statusLine } from '../../scripts/setup.mjs'
import { number } from '../../testkit/report.mjs'
import { oneDatumPerRecord, onTheWire } from './baseline.mjs'
import { runWorker } from './child.mjs'
import { compare, compareStats } from './comparison.mjs'
import { show } from './preview.mjs'
import { clientFor, readBack } from './readback.mjs'
import * as report from './report.mjs'
import { wrap } from './table.mjs'
import { seriesKey } from './tally.mjs'

const WORKLOAD = { seed: 2026, calls: 72_000, durationMs: 12_000 }

/**
 * The part of the run in which CloudWatch throttles every request. A throttled request was certainly not
 * applied, so that sending it again doubles nothing.
 */
const FAULT = { from: 0.25, to: 0.6 }

/** Milliseconds between two lines of progress without a terminal. */
const PROGRESS_MS = 2_000

const MAX_LISTED_DIFFERENCES = 20

const print = (text = '') => process.stdout.write(`${text}\n`)
const section = (title, body) => print(`\n${title}\n\n${body.trimEnd()}`)

/**
 * @param {object} options
 * @param {boolean} options.preview whether the local CloudWatch shows its page, and stays up until it is interrupted
 * @returns {Promise<number>} the exit code
 */
export async function demonstrate({ preview }) {
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  const signals = ['SIGINT', 'SIGTERM']
  // Once: a second Ctrl-C ends this process on the spot.
  for (const signal of signals) process.once(signal, interrupt)
  const cloudwatch = await startLocalCloudWatch({ page: preview })
  const client = clientFor(cloudwatch.endpoint)
  try {
    const code = await runAgainst(cloudwatch, client, interruption.signal)
    if (preview && !interruption.signal.aborted) await show(cloudwatch, client, interruption.signal)
    return code
  } finally {
    client.destroy()
    await cloudwatch.close()
    for (const signal of signals) process.removeListener(signal, interrupt)
  }
}

async function runAgainst(cloudwatch, client, signal) {
  const { calls, durationMs } = WORKLOAD
  print(`${number(calls)} hosted calls in ${durationMs / 1000} s, in a process of their own,`)
  print(
    `to a local CloudWatch (${cloudwatch.endpoint}) that throttles everything for a third of it.\n`
  )

  const from = Date.now()
  const worker = await record(cloudwatch, signal)
  const to = Date.now()
  if (signal.aborted) {
    print('Interrupted; the worker has ended.')
    return 130
  }
  if (worker.code !== 0 || !worker.recorded) {
    const end = worker.killedBy ?? `code ${worker.code}`
    print(`FAILED: the worker ended with ${end}, its tally ${worker.recorded ? '' : 'not '}told.`)
    print(worker.stderr)
    return 1
  }

  const { records, series: recorded } = worker.recorded
  const read = await readBack(client, { from, to })
  const { differences, waits } = compare(recorded, read)
  const keys = new Set(recorded.map(({ metric, dimensions }) => seriesKey(metric, dimensions)))
  const exact = new Map([...read].filter(([key]) => keys.has(key)))
  const sent = onTheWire(cloudwatch)
  differences.push(...compareStats(worker.stats, records, sent))
  const baseline = await oneDatumPerRecord(WORKLOAD, records)

  section(
    'Records by metric and provider (ListMetrics, GetMetricData)',
    report.countsByProvider(exact)
  )
  section('Cost by provider (GetMetricData, Sum)', report.costsByProvider(exact))
  section('Queue waits (GetMetricStatistics, percentiles)', report.waitsByProvider(waits))
  section('On the wire (bodies of PutMetricData)', report.wire(sent, baseline, records))
  section('hostedKeyMetricsStats() at the end of the worker', report.books(worker.stats))
  section('Warnings of the addon', wrap(worker.stderr.trim() || 'none'))
  return verdict(differences, recorded, read.size - exact.size, records)
}

/** Runs the worker; the fault comes and goes with its progress. */
async function record(cloudwatch, signal) {
  const line = statusLine(PROGRESS_MS)
  const started = performance.now()
  let isFaulty = false
  let records = 0

  function onProgress({ share, records: made }) {
    records = made
    const shouldBeFaulty = share >= FAULT.from && share < FAULT.to
    if (shouldBeFaulty !== isFaulty) cloudwatch.setFault(shouldBeFaulty ? throttle() : undefined)
    isFaulty = shouldBeFaulty
    line.update(state(isFaulty ? 'CloudWatch throttles' : ''))
  }

  function state(remark) {
    const { requests, refused } = onTheWire(cloudwatch)
    const elapsed = number((performance.now() - started) / 1000, 1)
    const sent = `${requests} requests, ${refused} throttled`
    return [`${elapsed} s: ${number(records)} records; ${sent}`, remark].filter(Boolean).join('; ')
  }

  const worker = await runWorker(cloudwatch.endpoint, WORKLOAD, { onProgress, signal })
  records = worker.recorded?.records ?? records
  line.end(state(''))
  return worker
}

function verdict(differences, recorded, rollups, records) {
  const what = `${number(recorded.length)} series, ${number(rollups)} roll-ups, ${number(records)} records`
  if (differences.length === 0) {
    print(`\nOK: ${what}: every count, sum and percentile is what was recorded.`)
    return 0
  }
  print(`\nFAILED: ${what}: ${number(differences.length)} differences.`)
  for (const difference of differences.slice(0, MAX_LISTED_DIFFERENCES)) print(`  ${difference}`)
  const more = differences.length - MAX_LISTED_DIFFERENCES
  if (more > 0) print(`  and ${number(more)} more`)
  return 1
}
