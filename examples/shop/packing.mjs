// The worker thread, which packs orders and hands them to a carrier.

import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { orders } from './metrics.mjs'

/** Grams above which a parcel goes by freight. */
const FREIGHT_ABOVE = 20_000

parentPort.on('message', (order) => {
  // On Bun 1.3, closing the port alone does not end the thread.
  if (order === 'end') return process.exit()
  pack(order)
  parentPort.postMessage(order.id)
})

function pack({ region, lines }) {
  const stop = orders.packingDuration.startTimer()
  const parcel = createHash('sha256')
  for (const { article, quantity } of lines) parcel.update(`${quantity} x ${article}\n`)
  parcel.digest()
  const carrier = weightOf(lines) > FREIGHT_ABOVE ? 'freight' : 'post'
  // Who carries the parcel is known at the end.
  stop({ carrier })
  orders.shipped.add(1, { region, carrier })
}

const weightOf = (lines) => lines.reduce((sum, { grams, quantity }) => sum + grams * quantity, 0)
