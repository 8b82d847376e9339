// Evaluates its first argument, in which `m` is the recorders, and flushes. Sends the stats, and the number of calls of
// each function of the binding.
//
// If the second argument is `copies`, JavaScript gets copies of the memory of rings, as on a host that forbids memory
// which the engine did not allocate.

const binding = require('../../binding.js')

const [expression, memory] = process.argv.slice(2)

const copyOf = ({ header, ids, values, ...rest }) => ({
  ...rest,
  header: new Uint8Array(header),
  ids: new Uint8Array(ids),
  values: new Uint8Array(values),
})

const calls = {}
for (const [name, native] of Object.entries(binding)) {
  if (typeof native !== 'function') continue
  binding[name] = (...args) => {
    calls[name] = (calls[name] ?? 0) + 1
    const answer = native(...args)
    return name === 'openRing' && memory === 'copies' ? copyOf(answer) : answer
  }
}

const hkm = require('../../index.js')

async function main() {
  new Function('m', expression)(hkm.hostedKeyMetrics)
  await hkm.flushHostedKeyMetrics()
  process.send({ calls, stats: hkm.hostedKeyMetricsStats() })
}

main()
