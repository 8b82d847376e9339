// Records while a prototype is polluted. Sends the statistics, the warnings, and where the package has read such a name.
// Then records once more, and ends by itself.
//
// The first argument is JSON: the prototype `of` a constructor, the `names` that are added to it, the `kind` of their
// values, and `when`: 'before loading' the package, 'before the first record' or 'after the first record'.

// What the package uses of the runtime is loaded before, as in most programs.
for (const name of ['fs', 'timers', 'worker_threads']) require(`node:${name}`)

const { of, names, kind, when } = JSON.parse(process.argv[2])
const { prototype } = globalThis[of]

/** The name and the place of each read by a file of the package. */
const reads = new Set()

const FILES = /[/\\](lib[/\\][\w/\\-]+|index|binding)\.js:\d+/

function tell(name) {
  const caller = new Error().stack.split('\n').find((line) => FILES.test(line))
  if (caller) reads.add(`${name}${caller.match(FILES)[0]}`)
}

/** An accessor like `get`, which lets objects have an own property of the name by an assignment. */
const accessor = (name, get) => ({
  get,
  set(value) {
    define(this, name, { value, writable: true })
  },
})

const KINDS = {
  text: () => ({ value: 'http://127.0.0.1:9', writable: true }),
  number: () => ({ value: 7, writable: true }),
  function: () => ({ value: () => 7, writable: true }),
  object: () => ({ value: { warn: 1 }, writable: true }),
  null: () => ({ value: null, writable: true }),
  'getter that throws': (name) =>
    accessor(name, () => {
      throw new Error('a polluted getter')
    }),
  'setter that takes': () => ({ get: () => 'taken', set() {} }),
  'getter that tells': (name) => accessor(name, () => tell(name)),
}

function define(object, name, descriptor) {
  const all = { __proto__: null, ...descriptor, enumerable: true, configurable: true }
  Object.defineProperty(object, name, all)
}

function pollute() {
  for (const name of names) define(prototype, name, KINDS[kind](name))
}

function clean() {
  for (const name of names) delete prototype[name]
}

class Labels {
  get provider() {
    return 'inherited'
  }
}

function record(m) {
  m.recordUsed({ provider: 'p', tool: 't', key: 'K' })
  m.recordUsed({})
  m.recordFailed({ provider: 'p', tool: 't', key: 'K', reason: 'other' })
  m.recordThrottled({ reason: 'upstream_retries_exhausted' })
  m.recordCostCharged(0.5, { tool: 't' })
  m.recordQueueWait(-5, { provider: 'p' })
  m.recordQueueWaitExceeded(new Labels())
  m.recordUpstreamRateLimited({ key: 'sk-abc' })
  m.recordUnknownModelCost({ tool: '検索' })
  m.recordUsed(undefined)
  m.recordCostCharged('1', { tool: 't' })
}

function defineMore({ counter, defineMetrics, distribution, gauge }) {
  return defineMetrics({
    namespace: 'Test/Polluted',
    metrics: {
      orders: counter({ dimensions: ['provider', 'plan'], rollups: [['plan'], []] }),
      many: distribution({ dimensions: ['provider', 'tool', 'key', 'reason', 'plan'] }),
      timed: distribution({
        unit: 'Seconds',
        dimensions: { reason: {}, plan: { optional: true } },
      }),
      depth: gauge(),
    },
  })
}

async function recordDeclared({ orders, many, timed, depth }) {
  orders.add(1, { plan: 'pro' })
  orders.with({ plan: 'pro' }).add(2)
  many.record(3, { reason: 'other' })
  many.with({ plan: 'pro' }).record(4)
  timed.startTimer({ reason: 'other' })()
  timed.startTimer({})({ plan: 'pro' })
  let end
  await new Promise((resolve) => {
    end = depth.observe(() => {
      setImmediate(resolve)
      return 5
    })
  })
  end()
}

async function main() {
  // The channel keeps the process alive while an observation is waited for, which does not.
  process.on('message', () => {})
  if (when === 'before loading') pollute()
  const hkm = require('../../index.js')
  if (when === 'before the first record') pollute()
  let warnings = []
  const warn = (line) => {
    warnings = [...warnings, line]
    return {}
  }
  hkm.configureHostedKeyMetrics({ environment: 'chosen' })
  hkm.configureHostedKeyMetrics({ logger: { warn } })
  let refusal
  try {
    hkm.configureHostedKeyMetrics({ logger: {} })
  } catch (error) {
    refusal = error.message
  }
  // The first record turns metrics on. It is refused.
  hkm.hostedKeyMetrics.recordQueueWait('1', {})
  if (when === 'after the first record') pollute()
  record(hkm.hostedKeyMetrics)
  await recordDeclared(defineMore(hkm))
  await hkm.flushHostedKeyMetrics()
  const stats = hkm.hostedKeyMetricsStats()
  clean()
  process.send(JSON.stringify({ stats, warnings, refusal, reads: [...reads] }), () => {
    pollute()
    hkm.hostedKeyMetrics.recordUsed({ provider: 'late' })
    process.disconnect()
  })
}

main()
