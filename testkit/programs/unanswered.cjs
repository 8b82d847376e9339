// Records while functions of the binding return `undefined`, as they do in a worker that is being terminated.
//
// The first argument, in JSON: `silent`, the names of those functions, or `*` for all; `since`, whether they are silent
// before the first record or only after it. They answer again for the last records, and are silent at the exit. Sends what
// the functions are, how often it recorded, and the stats.

const real = require('../../binding.js')

const { silent, since } = JSON.parse(process.argv[2])
const names = Object.keys(real).filter((name) => typeof real[name] === 'function')

let isSilent = since === 'start'
const isAnswered = (name) => !(isSilent && (silent === '*' || silent.includes(name)))
const binding = Object.fromEntries(
  names.map((name) => [name, (...args) => (isAnswered(name) ? real[name](...args) : undefined)])
)
require.cache[require.resolve('../../binding.js')].exports = binding

const { hostedKeyMetrics, flushHostedKeyMetrics, hostedKeyMetricsStats } = require('../../index.js')

const NEW_SERIES = 10
/** More than a ring holds. */
const MANY = 20_000

let recorded = 0
function record(value, provider) {
  hostedKeyMetrics.recordCostCharged(value, { provider })
  recorded++
}

/** A value tells which series it belongs to: 1 to 9 the known one, and the rest by its last digit. */
function recordNewSeries(first) {
  for (let index = 0; index < NEW_SERIES; index++) record(first + index, `new-${index}`)
}

async function main() {
  // Before the package listens.
  process.on('exit', () => {
    isSilent = true
  })
  record(1, 'known')
  isSilent = true
  record(2, 'known')
  recordNewSeries(100)
  hostedKeyMetrics.recordQueueWait(Number.NaN, { provider: 'known' })
  recorded++
  hostedKeyMetrics.recordQueueWait(-1, { provider: 'known' })
  recorded++
  for (let index = 0; index < MANY; index++) record(3, 'known')
  await flushHostedKeyMetrics()
  const meanwhile = hostedKeyMetricsStats()
  isSilent = false
  recordNewSeries(200)
  await flushHostedKeyMetrics()
  process.send({ names, recorded, meanwhile, stats: hostedKeyMetricsStats() })
  process.disconnect()
}

main()
