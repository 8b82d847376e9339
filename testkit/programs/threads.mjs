// Runs statements in threads, one step after the other. Sends the results of the steps, and the
// statistics after a last flush.
//
// The first argument is a list of steps in JSON. `{ in, statements }` runs statements in the thread
// with this name. `main` is the main thread; any other name is a worker, which its first step
// starts. The statements can use the recorders as `m`, the package as `hkm`, and `own`, an object
// of the thread. They may end their worker. `{ terminate }` terminates the worker with this name.
//
// The result of a step is `{ result }`, `{ error }`, or `{}` if the step ended a worker.

import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import * as hkm from '../../index.js'

const own = { lines: [] }

async function evaluate(statements) {
  const run = new Function('m', 'hkm', 'own', `return (async () => { ${statements} })()`)
  try {
    return { result: await run(hkm.hostedKeyMetrics, hkm, own) }
  } catch (error) {
    return { error: String(error) }
  }
}

/** Runs statements in a worker. Returns their result, or `{}` if they ended the worker. */
function tell(worker, statements) {
  worker.postMessage(statements)
  return new Promise((resolve) => {
    worker.once('message', resolve)
    worker.once('exit', () => resolve({}))
  })
}

async function play(steps) {
  const workers = new Map()
  const results = []
  for (const { in: name, statements, terminate } of steps) {
    if (terminate) {
      await workers.get(terminate).terminate()
      results.push({})
    } else if (name === 'main') results.push(await evaluate(statements))
    else {
      if (!workers.has(name)) {
        workers.set(name, new Worker(new URL(import.meta.url)))
        workers.get(name).once('exit', () => workers.delete(name))
      }
      results.push(await tell(workers.get(name), statements))
    }
  }
  for (const worker of workers.values()) await worker.terminate()
  await hkm.flushHostedKeyMetrics()
  process.send({ results, stats: hkm.hostedKeyMetricsStats() })
  process.disconnect()
}

if (isMainThread) play(JSON.parse(process.argv[2]))
else {
  parentPort.on('message', async (statements) => {
    parentPort.postMessage(await evaluate(statements))
  })
}
