// Orders that wait to be packed. A worker thread packs them, one at a time.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { queue } from './metrics.mjs'

const worker = new Worker(new URL('packing.mjs', import.meta.url))
const waiting = []
let isPacking = false
let isClosing = false

// The gauge is sampled once a second, also while no order comes. Each change is a sample too.
const stopObserving = queue.depth.observe(() => waiting.length)

/** Adds an order. */
export function enqueue(order) {
  waiting.push(order)
  queue.depth.set(waiting.length)
  next()
}

/** Resolves when all orders are packed, and the worker has ended. */
export async function close() {
  isClosing = true
  stopObserving()
  next()
  await once(worker, 'exit')
}

worker.on('message', () => {
  isPacking = false
  next()
})

function next() {
  if (isPacking) return
  if (waiting.length > 0) {
    isPacking = true
    worker.postMessage(waiting.shift())
    queue.depth.set(waiting.length)
  } else if (isClosing) worker.postMessage('end')
}
