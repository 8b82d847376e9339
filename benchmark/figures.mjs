// How each figure is measured, inside the child. `ready` separates the warm-up from what is measured.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { BLOCK, buildKeyNames, expectedTotals, recordBlock } from './load.mjs'
import { open } from './sides.mjs'

// Blocks recorded between two turns of the event loop, but for the burst below.
const CHUNK_BLOCKS = 96

// Blocks of a burst: 9,000 records, short of the 10,000 at which the peer drops.
const BURST_BLOCKS = 900

// Chunks before anything is measured: enough for the compiler, and for the SDK's first requests.
const WARM_UP_CHUNKS = 40

// Records a second of the steady load, and the pause between its batches, in milliseconds.
const RATE = 10_000
const PAUSE_MS = 10

const NS_PER_MS = 1e6

/** A side that has recorded and sent for a while, with every series known. */
async function openWarm(name) {
  const side = await open(name)
  for (let chunk = 0; chunk < WARM_UP_CHUNKS; chunk++) {
    recordBlocks(side.metrics, chunk * CHUNK_BLOCKS, CHUNK_BLOCKS)
    await side.flush()
  }
  return side
}

function recordBlocks(metrics, first, count) {
  for (let block = first; block < first + count; block++) recordBlock(metrics, block)
}

/** What every figure tells, so that the delivery can be checked. */
function recordedBy(side, blocks) {
  return { records: blocks * BLOCK, expected: expectedTotals(blocks), dropped: side.dropped() }
}

/** CPU time of the whole process so far, all threads, in nanoseconds. */
function cpuTime() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return (userCPUTime + systemCPUTime) * 1_000
}

/** Records at RATE for some seconds, in a batch every PAUSE_MS. Returns the number of blocks. */
async function recordSteadily(metrics, seconds) {
  const blocks = (seconds * RATE) / BLOCK
  const start = performance.now()
  for (let block = 0; block < blocks; ) {
    await sleep(PAUSE_MS)
    const passed = (performance.now() - start) / 1_000
    const due = Math.min(blocks, Math.floor((passed * RATE) / BLOCK))
    while (block < due) recordBlock(metrics, block++)
  }
  return blocks
}

export const figures = {
  /**
   * The time that the call of a recorder takes its caller, with all that happens within the call: the peer
   * begins to send at 1,000 datums, the native side wakes its flusher. A burst is flushed outside of the timed
   * part, as the peer would otherwise drop; the rest of the sending is in `steady` and `bulk`.
   */
  async record(name, bursts, ready) {
    const side = await openWarm(name)
    await ready()
    let elapsed = 0n
    for (let burst = 0; burst < bursts; burst++) {
      const start = process.hrtime.bigint()
      recordBlocks(side.metrics, burst * BURST_BLOCKS, BURST_BLOCKS)
      elapsed += process.hrtime.bigint() - start
      await side.flush()
    }
    const blocks = bursts * BURST_BLOCKS
    return { nanoseconds: Number(elapsed) / (blocks * BLOCK), ...recordedBy(side, blocks) }
  },

  /** The same when the names of keys are new strings each time, which have to be hashed each time. */
  newNames(name, bursts, ready) {
    buildKeyNames()
    return figures.record(name, bursts, ready)
  },

  /** CPU of the whole process a record, from recording to the end of the last flush, at a steady load. */
  async steady(name, seconds, ready) {
    const side = await openWarm(name)
    await ready()
    const before = cpuTime()
    const blocks = await recordSteadily(side.metrics, seconds)
    await side.flush()
    const cpu = cpuTime() - before
    return { cpu: cpu / (blocks * BLOCK), ...recordedBy(side, blocks) }
  },

  /**
   * CPU of the whole process a record when the load never pauses, and the time that the event loop was busy,
   * recording and sending, which is what is left for the application's own work. The peer has to be waited for before its
   * buffer overflows; the event loop turns after every chunk on both sides.
   */
  async bulk(name, records, ready) {
    const side = await openWarm(name)
    await ready()
    const chunks = Math.ceil(records / (CHUNK_BLOCKS * BLOCK))
    const before = cpuTime()
    const idle = performance.eventLoopUtilization()
    for (let chunk = 0; chunk < chunks; chunk++) {
      recordBlocks(side.metrics, chunk * CHUNK_BLOCKS, CHUNK_BLOCKS)
      await side.makeRoom()
      await nextTurn()
    }
    await side.flush()
    const cpu = cpuTime() - before
    const busy = performance.eventLoopUtilization(idle).active * NS_PER_MS
    const recorded = recordedBy(side, chunks * CHUNK_BLOCKS)
    return { cpu: cpu / recorded.records, busy: busy / recorded.records, ...recorded }
  },

  /**
   * How long the event loop was held up at the steady load: by how much a timer of 1 ms was late, in
   * milliseconds. Apart from `steady`, because that timer costs CPU itself.
   */
  async stall(name, seconds, ready) {
    const side = await openWarm(name)
    await ready()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const blocks = await recordSteadily(side.metrics, seconds)
    await side.flush()
    // One more turn, so that a flush that held up the loop last is seen.
    await sleep(PAUSE_MS)
    delay.disable()
    const late = (nanoseconds) => Math.max(0, nanoseconds / NS_PER_MS - 1)
    return {
      longest: late(delay.max),
      p99: late(delay.percentile(99)),
      ...recordedBy(side, blocks),
    }
  },

  /** Milliseconds until the module is there, and until the first record was made. */
  async import(name, _, ready) {
    await ready()
    const start = performance.now()
    const side = await open(name)
    const imported = performance.now()
    side.metrics.recordUnknownModelCost({ tool: 'search' })
    const recorded = performance.now()
    await side.flush()
    const expected = { UnknownModelCost: { points: 1, sum: 1 } }
    return {
      imported: imported - start,
      recorded: recorded - start,
      records: 1,
      expected,
      dropped: side.dropped(),
    }
  },
}
