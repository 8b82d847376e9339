// Defines the metrics that its parent sends, makes the records, and flushes until all of them are settled. Answers with the
// statistics, and with the snapshots in which they did not balance.

import {
  counter,
  defineMetrics,
  distribution,
  flushMetrics,
  gauge,
  metricsStats,
} from '../../index.js'
import { FUNCTIONS } from '../input/declared.mjs'

const KINDS = { counter, distribution, gauge }
const unbalanced = []

/** A definition without the functions that cannot be sent. */
function define({ metrics, ...others }) {
  const made = Object.entries(metrics).map(([key, { kind, ...options }]) => [
    key,
    KINDS[kind](options),
  ])
  return defineMetrics({ ...others, metrics: Object.fromEntries(made) })
}

function look() {
  const stats = metricsStats()
  const { recorded, applied, buffered, inFlight, dropped, rollups } = stats
  const lost = Object.values(dropped).reduce((sum, count) => sum + count)
  const isBalanced =
    recorded === applied + buffered + inFlight + lost &&
    rollups.stored === rollups.applied + rollups.buffered + rollups.inFlight + rollups.dropped
  if (!isBalanced) unbalanced.push(stats)
  return buffered + inFlight + rollups.buffered + rollups.inFlight
}

process.on('message', async ({ definitions, records }) => {
  if (definitions === undefined) return process.disconnect()
  const metrics = definitions.map(define)
  for (const { definition, key, value, labels, isBound } of records) {
    const metric = metrics[definition][key]
    const name = FUNCTIONS[definitions[definition].metrics[key].kind]
    if (isBound) metric.with(labels)[name](value)
    else metric[name](value, labels)
    if (Math.random() < 0.1) look()
  }
  do {
    let isFlushed = false
    const flushed = flushMetrics().then(() => {
      isFlushed = true
    })
    while (!isFlushed) {
      look()
      await new Promise(setImmediate)
    }
    await flushed
  } while (look() > 0)
  process.send({ stats: metricsStats(), unbalanced: unbalanced.splice(0) })
})
