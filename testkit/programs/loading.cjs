// Defines metrics of a package and records them, and writes its statistics to stdout. The first argument is the path to require. The others are
// JSON: properties of `process` to set before, and options of a worker that does the rest, if there is one.

const { writeSync } = require('node:fs')
const { isMainThread, Worker } = require('node:worker_threads')

const [, , target, properties = '{}', worker = 'null'] = process.argv

async function load() {
  for (const [name, value] of Object.entries(JSON.parse(properties))) {
    Object.defineProperty(process, name, { value })
  }
  const loaded = target.endsWith('.mjs') ? await import(target) : require(target)
  const { counter, defineMetrics, distribution, gauge, ...hkm } = loaded.hkm ?? loaded
  const { hostedKeyMetrics, hostedKeyMetricsStats } = hkm
  const metrics = { orders: counter(), depth: gauge(), duration: distribution({ unit: 'Seconds' }) }
  const { orders, depth, duration } = defineMetrics({ namespace: 'Test', metrics })
  depth.observe(() => 1)
  orders.add(1)
  duration.startTimer()()
  for (let count = 0; count < 3; count++) hostedKeyMetrics.recordUsed({ provider: 'p' })
  const { state, reason } = hostedKeyMetricsStats()
  writeSync(1, JSON.stringify({ state, reason }))
}

if (isMainThread && worker !== 'null')
  new Worker(__filename, { ...JSON.parse(worker), argv: process.argv.slice(2) })
else load()
