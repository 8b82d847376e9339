// Records while functions of the binding return `undefined`, as in a worker that is being
// terminated.
//
// The first argument is `{ silent, since }` in JSON. `silent` lists the names of these functions,
// or is `*` for all. If `since` is `start`, they return `undefined` from the start. Otherwise, they
// do so after the first record. They answer again for the last records, and return `undefined` at
// the exit. Sends the names of all functions, the number of records, the statistics before the
// functions answer again, and the statistics before the exit.

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
/** More records than a ring has slots. */
const MANY = 20_000

let recorded = 0
function record(value, provider) {
  hostedKeyMetrics.recordCostCharged(value, { provider })
  recorded++
}

/** Records one value in each new series. The last digit of a value is the number of its series. */
function recordNewSeries(first) {
  for (let index = 0; index < NEW_SERIES; index++) record(first + index, `new-${index}`)
}

async function main() {
  // Added before the listener of the package, so it is called first.
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
