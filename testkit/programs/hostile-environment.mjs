// Sets variables to a value of `hostile/values.mjs`, records, and ends by itself. Writes the statistics to stdout after the
// package's own work at the end. The first argument is JSON: the `variables`, the name of their `value`, the `paths` that a
// value can be, and the `provider` to record.

import { writeSync } from 'node:fs'
import { counter, defineMetrics, hostedKeyMetrics, hostedKeyMetricsStats } from '../../index.js'
import { VALUES } from '../hostile/values.mjs'

const { variables, value, paths, provider } = JSON.parse(process.argv[2])

for (const variable of variables) {
  const made = VALUES[value]
  process.env[variable] = typeof made === 'function' ? made(paths) : made
}
for (let count = 0; count < 2; count++) hostedKeyMetrics.recordUsed({ provider })
const { orders } = defineMetrics({
  namespace: 'Test/Hostile',
  metrics: { orders: counter({ dimensions: ['provider'] }) },
})
orders.add(1, { provider })
process.on('exit', () => writeSync(1, JSON.stringify(hostedKeyMetricsStats())))
