/** Runs one fault of the matrix: a CloudWatch, a child, and the fault in force for its time. */

import { certificateFile } from '../testkit/certificates/certificates.mjs'
import { openBed } from './bed.mjs'
import { conduct } from './conduct.mjs'
import { recordedBy } from './tally.mjs'

/** Recorded in the main thread, and in a worker. */
const PARTS = [
  { seed: 1, calls: 10_000 },
  { seed: 2, calls: 10_000 },
]
/** Of each thread: six seconds of recording, and a look at the counters after every batch. */
const RATE = { perSecond: 1_600, snapshotMs: 0 }
/** Often enough that several deliveries meet a fault. */
const FLUSH_INTERVAL_MS = 200
/** The longest that a child may live, in milliseconds. */
const LIFETIME_MS = 70_000

const AUTHORITY = certificateFile('ca.pem')

/** What every child records. */
const RECORDED = recordedBy(PARTS)

/** After how many quarters of the recording; `start` is before the child, and `end` is never. */
const QUARTERS = { start: 0, quarter: 1, 'three quarters': 3, end: Number.POSITIVE_INFINITY }

/**
 * @param {import('./fault-list.mjs').MatrixFault} fault
 * @returns {Promise<import('./verdict.mjs').Result>}
 */
export async function runFault(fault) {
  const bed = await openBed({ tls: fault.tls })
  const options = { flushIntervalMs: FLUSH_INTERVAL_MS }
  if (fault.endpoint) options.endpoint = fault.endpoint
  const env = fault.tls ? { AWS_CA_BUNDLE: AUTHORITY } : {}
  try {
    if (fault.from === 'start') await fault.begin(bed)
    const told = await conduct(bed, {
      child: { parts: PARTS, rate: RATE, options },
      env,
      lifetimeMs: LIFETIME_MS,
      order: fault.isForever ? 'tell' : 'deliver',
      async onMessage({ quarter }) {
        if (quarter === QUARTERS[fault.from]) await fault.begin(bed)
        if (quarter === QUARTERS[fault.to]) await fault.end(bed)
      },
    })
    return { recorded: RECORDED, ...told }
  } finally {
    await bed.close()
  }
}
