// Captures records of each kind, and sends what that changed in the process. Then records once without a capture.

const { readdirSync, readFileSync } = require('node:fs')

// Bun starts compilers and collectors of its own at any time.
const isCounted = (name) => !process.versions.bun || name.startsWith('hkm-')

function threads() {
  const names = readdirSync('/proc/self/task').map((task) =>
    readFileSync(`/proc/self/task/${task}/comm`, 'utf8')
  )
  return names.filter(isCounted).length
}

function look() {
  const names = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtException', 'message']
  return {
    threads: threads(),
    listeners: names.reduce((sum, name) => sum + process.listenerCount(name), 0),
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    isNativeLoaded: /hkm-native.*\.node/.test(readFileSync('/proc/self/maps', 'utf8')),
  }
}

const reads = []
function watchVariables() {
  const real = process.env
  process.env = new Proxy(real, {
    get(_, name) {
      reads.push(String(name))
      return real[name]
    },
    has(_, name) {
      reads.push(String(name))
      return name in real
    },
    ownKeys() {
      reads.push('*')
      return Reflect.ownKeys(real)
    },
  })
}

async function main() {
  const { hostedKeyMetrics, flushMetrics, metricsStats, ...hkm } = require('../../index.js')
  const { captureMetrics } = require('../../testing.js')
  const { depth, waits } = hkm.defineMetrics({
    namespace: 'Effects',
    metrics: { depth: hkm.gauge(), waits: hkm.distribution({ unit: 'Seconds' }) },
  })
  // What the package loads lazily is loaded before the first look, and it has told nothing yet.
  captureMetrics().stop()
  const before = look()
  watchVariables()
  const capture = captureMetrics()
  hostedKeyMetrics.recordUsed({ provider: 'p' })
  waits.startTimer()()
  const end = depth.observe(() => 1)
  await capture.observe()
  end()
  depth.set(2)
  depth.set('none')
  await flushMetrics()
  metricsStats()
  const captured = capture.records().length
  const told = { before, after: look(), reads: [...reads], captured }
  capture.stop()
  hostedKeyMetrics.recordUsed({ provider: 'p' })
  // The thread has its name only once it runs.
  let recorded = look()
  while (recorded.threads === before.threads) {
    await new Promise(setImmediate)
    recorded = look()
  }
  recorded.reads = reads.length
  // Nobody listens at the endpoint, and delivery is not what this is about.
  process.send({ ...told, recorded }, () => process.kill(process.pid, 'SIGKILL'))
}

main()
