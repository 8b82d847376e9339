// Plays parts of a workload over random definitions, one after the other, and others in a worker each meanwhile. Each part
// is flushed, and begins in a second of its own. Sends when each part began and ended, and the stats at the end.

import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import * as sut from '../../index.js'
import { define, record } from '../definitions/recorders.mjs'
import { definedWorkload, definitionsOf } from '../definitions/workload.mjs'
import { laterSecondThan } from '../workload/seconds.mjs'

function play(part) {
  const metrics = definitionsOf(part.definitions).map((definition) => define(sut, definition))
  for (const call of definedWorkload(part)) {
    const returned = record(metrics[call.definition], call)
    if (returned !== undefined) throw new Error(`${call.key} returned ${returned}`)
  }
}

if (isMainThread) {
  const { parts, others = [], options } = JSON.parse(process.argv[2])
  if (options) sut.configureMetrics(options)
  const workers = others.map((part) => new Worker(new URL(import.meta.url), { workerData: part }))
  const ended = workers.map((worker) => once(worker, 'exit'))
  const played = []
  for (const part of parts) {
    await laterSecondThan(played.at(-1)?.endedAt)
    sut.metricsStats()
    const startedAt = Date.now()
    play(part)
    await sut.flushMetrics()
    played.push({ startedAt, endedAt: Date.now() })
  }
  await Promise.all(ended)
  await sut.flushMetrics()
  process.send({ played, stats: sut.metricsStats() })
} else {
  play(workerData)
  parentPort.close()
}
