/** Runs one fault of the matrix: a CloudWatch, a child, and the fault in force for its time. */

import { certificateFile } from '../testkit/certificates/certificates.mjs'
import { openBed } from './bed.mjs'
import { conduct } from './conduct.mjs'
import { USUAL } from './fault-workload.mjs'
import { recordedBy, rollupsOf } from './tally.mjs'

/** Often enough that several deliveries meet a fault. */
const FLUSH_INTERVAL_MS = 200
/** How long a child may live beside the recording, in milliseconds. */
const GRACE_MS = 64_000

const AUTHORITY = certificateFile('ca.pem')

/** After how many quarters of the recording; `start` is before the child, and `end` is never. */
const QUARTERS = { start: 0, quarter: 1, 'three quarters': 3, end: Number.POSITIVE_INFINITY }

function optionsFor({ options, endpoint, isForever }) {
  return {
    flushIntervalMs: FLUSH_INTERVAL_MS,
    ...(endpoint && { endpoint }),
    // Nothing is delivered at the end either.
    ...(isForever && { shutdownTimeoutMs: 0 }),
    ...options,
  }
}

/**
 * @param {import('./fault-list.mjs').MatrixFault} fault
 * @returns {Promise<import('./verdict.mjs').Result>}
 */
export async function runFault(fault) {
  const bed = await openBed({ tls: fault.tls, clockMs: fault.clockMs })
  const { parts, rate } = fault.workload ?? USUAL
  const recorded = recordedBy(parts)
  let starved = 0
  try {
    if (fault.from === 'start') await fault.begin(bed)
    const told = await conduct(bed, {
      child: { parts, rate, flushMs: fault.flushMs, options: optionsFor(fault) },
      env: fault.tls ? { AWS_CA_BUNDLE: AUTHORITY } : {},
      lifetimeMs: (parts[0].calls / rate.perSecond) * 1_000 + GRACE_MS,
      order: fault.isForever ? 'tell' : 'deliver',
      async onMessage({ quarter, recorded: isRecorded }, child) {
        if (quarter === QUARTERS[fault.from]) await fault.begin(bed, child)
        if (quarter === QUARTERS[fault.to]) await fault.end(bed)
        if (!isRecorded) return
        const arrived = bed.series()
        starved = [...recorded.keys()].filter((series) => !arrived.has(series)).length
      },
    })
    return { recorded, rollups: rollupsOf(parts), starved, ...told }
  } finally {
    await bed.close()
  }
}
