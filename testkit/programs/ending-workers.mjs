// Starts workers that record, and that end in the way that the first argument names. The second one is `main` if the main
// thread records too, or the name of a listener for signals. The third one says whether that listener is added `before` or
// `after` the first record. The last one is the number of workers.

import { Worker } from 'node:worker_threads'
import { flushHostedKeyMetrics } from '../../index.js'
import { listen } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

const [how, main, order, size = '3'] = process.argv.slice(2)

const own = recorder('main')
const record = () => tell('main', own(100))

function start(name) {
  const count = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { name, how, count }
  const worker = new Worker(new URL('ending-worker.mjs', import.meta.url), { workerData })
  if (how === 'throw') worker.on('error', () => {})
  const told = () => tell(name, Atomics.load(count, 0))
  const ready = new Promise((resolve) => worker.once('message', resolve)).then(() => {
    told()
    if (how === 'terminate while recording') worker.terminate()
  })
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  return { worker, ready, exited, tell: told }
}

/** No top-level `await`: on Bun, an error of a worker would not end the process before that has settled. */
async function run() {
  if (main === 'main') record()
  else if (order === 'before') listen(main)
  const workers = Array.from({ length: Number(size) }, (_, index) => start(`worker-${index}`))
  await Promise.all(workers.map(({ ready }) => ready))
  if (how.startsWith('exit of main')) {
    for (const worker of workers) worker.tell()
    process.exit(5)
  }
  if (how === 'throw unheard') {
    await flushHostedKeyMetrics()
    record()
    workers[0].worker.postMessage('throw')
  }
  if (order === 'after') listen(main)
  if (how.startsWith('signal')) process.send('recorded')
  if (how === 'terminate') for (const { worker } of workers) worker.terminate()
  await Promise.all(workers.map(({ exited }) => exited))
  for (const worker of workers) worker.tell()
  process.disconnect()
}

run()
