// Defines the metrics and makes the calls that its parent sends, and flushes until all is settled. Answers with the
// counters that moved, with snapshots that do not add up, and with whatever a call returned or threw.

import { setTimeout as sleep } from 'node:timers/promises'
import * as sut from '../../index.js'
import { CANARY, define, record } from '../definitions/recorders.mjs'
import { make } from '../input/hostile-values.mjs'
import { movement } from '../input/model.mjs'

/** Between two flushes of records that were not applied, so that the process does nothing else meanwhile. */
const PAUSE_MS = 5

/** At every moment, each record is in exactly one place, and so is each record in a roll-up. */
function isBalanced({ recorded, applied, buffered, inFlight, dropped, rollups }) {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  const stored = rollups.applied + rollups.buffered + rollups.inFlight + rollups.dropped
  return recorded === applied + buffered + inFlight + lost && rollups.stored === stored
}

const isUnsettled = ({ buffered, inFlight, rollups }) =>
  buffered + inFlight + rollups.buffered + rollups.inFlight > 0

/** A datum is blamed for a refusal only if CloudWatch accepts another one of its namespace. */
function canaryIn(namespace) {
  const metrics = { canary: sut.gauge({ name: CANARY }) }
  return sut.defineMetrics({ namespace, environment: false, metrics }).canary
}

async function play({ definitions, steps, suspected }) {
  const surprises = []
  const look = () => {
    const stats = sut.metricsStats()
    if (!isBalanced(stats)) surprises.push(`does not add up: ${JSON.stringify(stats)}`)
    return stats
  }
  const metrics = definitions.map((definition) => define(sut, definition))
  const canary = suspected && canaryIn(suspected)
  let canaries = 0
  const before = look()
  for (const step of steps) {
    if (step.action === 'flush') sut.flushMetrics()
    else if (step.action === 'stats') look()
    else {
      try {
        const labels = step.labels && make(step.labels)
        const call = { ...step, value: make(step.value), labels }
        const returned = record(metrics[step.definition], call)
        if (returned !== undefined) surprises.push(`${step.key} returned ${String(returned)}`)
      } catch (error) {
        surprises.push(`${step.key} threw ${error?.stack ?? error}`)
      }
    }
  }
  do {
    if (canary) {
      canary.set(1)
      canaries++
    }
    const flushed = sut.flushMetrics()
    look()
    await Promise.all([flushed, sleep(PAUSE_MS)])
  } while (isUnsettled(look()))
  process.send({ moved: movement(before, look()), canaries, surprises })
}

process.on('message', async (order) => {
  if (order === 'end') return process.disconnect()
  await play(order)
})
