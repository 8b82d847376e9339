// A worker thread of `copies.mjs`: evaluates the package twice, records through both copies, and ends by itself unless it
// is told to stay.

import { parentPort, workerData } from 'node:worker_threads'
import { evaluate, same } from './evaluation.mjs'
import { numbered, tell } from './numbered.mjs'

const { folder, name, records, stays } = workerData

for (const [index, copy] of same([evaluate(folder), evaluate(folder)]).entries()) {
  const source = `${name}-${index}`
  tell(source, numbered(copy.hostedKeyMetrics, source, undefined, 1)(records))
}
parentPort.postMessage('recorded')
if (stays) setInterval(() => {}, 60_000)
