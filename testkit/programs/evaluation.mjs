// Evaluates the JavaScript of a package more than once in a thread.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

const EXPORTS = [
  ...['counter', 'defineMetrics', 'distribution', 'gauge'],
  ...['flushMetrics', 'metricsStats', 'configureMetrics', 'hostedKeyMetrics', 'workflowMetrics'],
  ...['flushHostedKeyMetrics', 'hostedKeyMetricsStats', 'configureHostedKeyMetrics'],
]

/** Gives what a package exports, evaluated anew: the cache forgets its JavaScript before. */
export function evaluate(folder) {
  forget((file) => file.startsWith(folder) && !file.endsWith('.node'))
  return require(folder)
}

/** As `evaluate`, with a cache that forgets everything, the binary too. */
export function evaluateAll(folder) {
  forget(() => true)
  return require(folder)
}

function forget(isForgotten) {
  for (const file of Object.keys(require.cache)) if (isForgotten(file)) delete require.cache[file]
}

/** Throws when copies do not export the very same; gives the copies. */
export function same(copies) {
  const [first, ...others] = copies
  for (const copy of others) {
    for (const name of EXPORTS) {
      assert.notEqual(first[name], undefined)
      assert.ok(copy[name] === first[name], `${name} of another copy is another one`)
    }
  }
  return copies
}

/** Throws when copies of one state do not tell the same about it, or not that so much was recorded through them. */
export function assertStats(copies, recorded) {
  const told = copies.map((copy) => JSON.stringify(copy.hostedKeyMetricsStats()))
  for (const stats of told) assert.equal(stats, told[0])
  assert.equal(JSON.parse(told[0]).recorded, process.env.HKM_ENABLED === 'false' ? 0 : recorded)
}
