// Runs many workers, four at a time. Each records and begins a flush, and is then terminated. The argument is their number.

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { flushHostedKeyMetrics } from '../../index.js'
import { recorder, tell } from './recording.mjs'

const RECORDS = 20
const AT_ONCE = 4

async function runOne(name) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: name })
  const exited = once(worker, 'exit')
  await once(worker, 'message')
  tell(name, RECORDS)
  worker.terminate()
  await exited
}

if (isMainThread) {
  const [size] = process.argv.slice(2)
  const names = Array.from({ length: Number(size) }, (_, index) => `worker-${index}`).values()
  const runAll = async () => {
    for (const name of names) await runOne(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, runAll))
  process.disconnect()
} else {
  recorder(workerData)(RECORDS)
  flushHostedKeyMetrics()
  parentPort.postMessage('flushing')
  setInterval(() => {}, 60_000)
}
