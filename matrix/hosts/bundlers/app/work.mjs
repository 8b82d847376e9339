// What the application does: it records metrics of its own and those of hosted keys, flushes, records again, and ends
// as its argument says.

const ENDINGS = {
  natural() {},
  exit: () => process.exit(3),
  throw() {
    throw new Error('thrown on purpose')
  },
  signal() {
    setInterval(() => {}, 60_000)
    console.log('recorded')
  },
}

/** @param {typeof import('@sim/hkm-native')} hkm as the application loads it */
export async function work({
  counter,
  defineMetrics,
  flushMetrics,
  hostedKeyMetrics,
  metricsStats,
}) {
  const { orders } = defineMetrics({
    namespace: 'Bundled',
    metrics: { orders: counter({ dimensions: ['region'] }) },
  })
  function record(region) {
    for (let call = 0; call < 500; call++) {
      orders.add(1, { region })
      hostedKeyMetrics.recordUsed({ provider: 'p', tool: region })
    }
  }
  record('first')
  const { state, recorded } = metricsStats()
  await flushMetrics()
  const { applied } = metricsStats()
  console.log(JSON.stringify({ state, recorded, applied }))

  record('last')
  ENDINGS[process.argv[2]]()
}
