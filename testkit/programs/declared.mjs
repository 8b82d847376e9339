// Defines each metric that its parent sends, makes the calls, and flushes. Answers with the counters that moved, and with
// whatever a call returned or threw. See `input/declared.mjs`. Labels arrive as lists of keys and specs, because in Node 24
// and 26 `JSON.parse` takes some keys with an escape for others.

import {
  counter,
  defineMetrics,
  distribution,
  flushMetrics,
  gauge,
  metricsStats,
} from '../../index.js'
import { FUNCTIONS, METRIC_NAME } from '../input/declared.mjs'
import { make } from '../input/hostile-values.mjs'
import { movement } from '../input/model.mjs'

const KINDS = { counter, distribution, gauge }

let metrics = 0
const surprises = []

function isForbidden() {
  try {
    return new Function('return false')()
  } catch {
    return true
  }
}

function define({ kind, unit, dimensions }) {
  const named = dimensions.map(({ key, isOptional, isGuarded }, at) => [
    key,
    { name: `D${at}`, optional: isOptional, redact: isGuarded },
  ])
  const options = { name: METRIC_NAME, unit, dimensions: Object.fromEntries(named) }
  const namespace = `Test/Declared-${metrics++}`
  return defineMetrics({ namespace, metrics: { declared: KINDS[kind](options) } }).declared
}

function madeOf(spec) {
  if (spec === undefined) return undefined
  return make(spec.labels ? { ...spec, labels: Object.fromEntries(spec.labels) } : spec)
}

function call(metric, name, { value, labels, isBound }) {
  try {
    const [number, given] = [madeOf(value), madeOf(labels)]
    const returned = isBound ? metric.with(given)[name](number) : metric[name](number, given)
    if (returned !== undefined) surprises.push(`returned ${String(returned)}`)
  } catch (error) {
    surprises.push(`threw ${error}`)
  }
}

process.on('message', async ({ metric, calls }) => {
  if (metric === undefined) return process.disconnect()
  const before = metricsStats()
  const defined = define(metric)
  for (const one of calls) call(defined, FUNCTIONS[metric.kind], one)
  await flushMetrics()
  const moved = movement(before, metricsStats())
  process.send({ moved, isForbidden: isForbidden(), surprises: surprises.splice(0) })
})
