// Records in the main thread and in a worker while the package delivers, looking at the counters all along. Tells
// the parent how far it is and how much memory it takes, waits to be told how to end, and tells the stats.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import * as sut from '../index.js'
import * as defined from '../testkit/definitions/recorders.mjs'
import { definedWorkload, definitionsOf } from '../testkit/definitions/workload.mjs'
import { workload } from '../testkit/workload/workload.mjs'
import { pace } from './pace.mjs'
import { Snapshots } from './snapshots.mjs'

// The longest that delivery may take after the last record, in milliseconds.
const PATIENCE_MS = 40_000
// Between two looks at the memory, and at the counters while they settle.
const SAMPLE_MS = 1_000
const SETTLING_MS = 5

/**
 * Plays a part of the workload, evenly. Its calls are made one by one and none is kept.
 *
 * @param {import('../testkit/workload/workload.mjs').Part} part
 * @param {{ perSecond: number, snapshotMs: number }} rate
 * @param {(made: number) => void} [between]
 */
async function record(part, { perSecond, snapshotMs }, between) {
  const snapshots = new Snapshots()
  const step = stepsOf(part)
  let last = 0
  await pace({
    count: part.calls,
    perSecond,
    step,
    between(made) {
      between?.(made)
      const now = performance.now()
      if (now - last < snapshotMs) return
      last = now
      snapshots.take()
    },
  })
  return snapshots
}

/** Returns a function that makes the next call of a part. */
function stepsOf(part) {
  if (part.definitions === undefined) {
    const calls = workload(part)
    return () => {
      const { recorder, args } = calls.next().value
      sut.hostedKeyMetrics[recorder](...args)
    }
  }
  const metrics = definitionsOf(part.definitions).map((one) => defined.define(sut, one))
  const calls = definedWorkload(part)
  return () => {
    const { value } = calls.next()
    defined.record(metrics[value.definition], value)
  }
}

async function deliver(snapshots) {
  const deadline = performance.now() + PATIENCE_MS
  const isWaiting = ({ buffered, inFlight, rollups }) =>
    buffered + inFlight + rollups.buffered + rollups.inFlight > 0
  while (isWaiting(sut.metricsStats()) && performance.now() < deadline) {
    let isOver = false
    sut.flushMetrics().then(() => {
      isOver = true
    })
    for (; !isOver; await sleep(SETTLING_MS)) snapshots.take()
  }
}

async function main({ parts, rate, flushMs, options }) {
  sut.configureMetrics(options)
  const [own, other] = parts
  const worker = new Worker(new URL(import.meta.url), { workerData: { part: other, rate } })
  const workerEnded = once(worker, 'message')
  const began = performance.now()
  const sampling = setInterval(() => {
    process.send({ sample: { at: performance.now() - began, ...process.memoryUsage() } })
  }, SAMPLE_MS)
  // An application that flushes on demand now and then, whatever the backoff.
  const flushing = flushMs && setInterval(sut.flushMetrics, flushMs)
  let quarters = 0
  const snapshots = await record(own, rate, (made) => {
    while (quarters < Math.floor((4 * made) / own.calls)) process.send({ quarter: ++quarters })
  })
  const [others] = await workerEnded
  clearInterval(sampling)
  clearInterval(flushing)
  const seconds = (performance.now() - began) / 1_000
  process.send({ recorded: { seconds } })
  const [order] = await once(process, 'message')
  if (order === 'deliver') await deliver(snapshots)
  const stats = snapshots.take()
  const told = { stats, snapshots: snapshots.and(others) }
  process.send(told, () => process.disconnect())
}

if (isMainThread) {
  await main(JSON.parse(process.argv[2]))
} else {
  parentPort.postMessage({ ...(await record(workerData.part, workerData.rate)) })
}
