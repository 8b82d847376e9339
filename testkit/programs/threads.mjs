// Evaluates statements in threads, one step after the other, and sends what each step returned or threw.
//
// The first argument is a list in JSON. A step is `{ in, statements }`: the name of a thread, which the first step with
// it starts (`main` is there already), and statements over the recorders as `m`, the package as `hkm` and an object
// `own` that lasts as long as the thread. They may end their worker. `{ terminate }` terminates a worker.

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

/** What the statements gave; nothing when they ended the worker. */
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
