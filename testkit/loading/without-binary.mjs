// What the package does where metrics are off, whichever entry it was loaded by.

/**
 * Statements that call each function of the package, `hkm`, with what is right and with what is wrong, and return
 * what came of it as JSON. They use nothing but the language.
 */
export const CALLS = `
  const { configureMetrics, counter, defineMetrics, distribution, flushMetrics, gauge } = hkm
  const tried = (call) => {
    try {
      return shown(call())
    } catch (error) {
      return error.name + ': ' + error.message
    }
  }
  const shown = (value) =>
    value === undefined
      ? 'undefined'
      : typeof value !== 'object'
        ? typeof value
        : [Object.isFrozen(value), ...Object.keys(value).map((key) => [key, shown(value[key])])]
  const hostile = {
    get region() {
      throw new Error('of a getter')
    },
  }
  const shop = defineMetrics({
    namespace: 'Shop/Entries',
    defaultDimensions: { Service: 'shop' },
    metrics: {
      orders: counter({ dimensions: ['region'], rollups: [[]] }),
      visits: counter(),
      wait: distribution({ unit: 'Microseconds', dimensions: ['region'] }),
      size: distribution({ unit: 'Bytes' }),
      depth: gauge({ dimensions: { region: { optional: true } } }),
    },
  })
  let calls = 0
  const callback = () => ++calls
  const recorders = [shop, { ...shop, bound: null }].flatMap((all, at) =>
    ['orders', 'visits', 'wait', 'size', 'depth'].map((name) =>
      at === 0 ? all[name] : all[name].with({ region: 'eu' })
    )
  )
  const made = recorders.map((recorder) => [
    shown(recorder),
    ['add', 'record', 'set'].map((name) =>
      name in recorder
        ? [1, Number.NaN, 'text', undefined].map((value) => tried(() => recorder[name](value, hostile)))
        : 'none'
    ),
    'observe' in recorder && tried(() => recorder.observe(callback, hostile)()),
    'startTimer' in recorder && tried(() => recorder.startTimer(hostile)),
    'with' in recorder && tried(() => recorder.with(hostile)),
  ])
  const stop = shop.wait.startTimer({ region: 'eu' })
  const until = performance.now() + 2
  while (performance.now() < until);
  const elapsed = stop(hostile)
  const catalogues = [hkm.hostedKeyMetrics, hkm.workflowMetrics].map((catalogue) =>
    Object.keys(catalogue).map((name) => [
      name,
      [undefined, {}, hostile, 5].map((given) => tried(() => catalogue[name](given, given))),
    ])
  )
  const refused = [
    () => defineMetrics(),
    () => defineMetrics({ namespace: 'AWS/EC2', metrics: { orders: counter() } }),
    () => defineMetrics({ namespace: 'Shop/Entries', metrics: {} }),
    () => defineMetrics({ namespace: 'Shop/Entries', metrics: { orders: { kind: 'histogram' } } }),
    () => defineMetrics({ namespace: 'Shop/Wrong', metrics: { a: counter({ unit: 'Miles' }) } }),
    () =>
      defineMetrics({ namespace: 'Shop/Wrong', metrics: { a: counter({ rollups: [['region']] }) } }),
    () => counter(5),
    () => gauge({ kind: 'counter' }),
  ].map(tried)
  const flushes = []
  for (const options of [undefined, { timeoutMs: 5 }, 0, { timeoutMs: -1 }, { timeoutMs: 'soon' }]) {
    const promise = flushMetrics(options)
    const isPromise = Object.prototype.toString.call(promise)
    flushes.push([
      isPromise,
      await promise.then(JSON.stringify, (error) => error.name + ': ' + error.message),
    ])
  }
  const { reason, ...stats } = hkm.metricsStats()
  hkm.metricsStats().dropped.invalidValue = 5
  return JSON.stringify({
    // Node 23 and newer give the second one to what imports CommonJS.
    names: Object.keys(hkm).filter((name) => !['default', 'module.exports'].includes(name)).sort(),
    same: [
      hkm.flushHostedKeyMetrics === flushMetrics,
      hkm.hostedKeyMetricsStats === hkm.metricsStats,
      hkm.configureHostedKeyMetrics === configureMetrics,
    ],
    made,
    calls,
    // Microseconds, of which at least two milliseconds passed.
    timer: [elapsed >= 2_000, stop() === elapsed, !Symbol.dispose || Symbol.dispose in stop],
    catalogues,
    refused,
    flushes,
    reason: typeof reason === 'string' && reason !== '',
    stats: Object.keys(stats).map((name) => [name, JSON.stringify(stats[name]) ?? 'undefined']),
    again: hkm.metricsStats().dropped.invalidValue,
  })`
