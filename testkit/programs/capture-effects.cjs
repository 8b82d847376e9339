// Captures records of each kind, and sends what that changed in the process. Then records once without a capture.

const { look, lookAtThreads, watchVariables } = require('./effects.cjs')

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
  const { reads } = watchVariables()
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
  const recorded = await lookAtThreads(before)
  recorded.reads = reads.length
  // Nobody listens at the endpoint, and delivery is not what this is about.
  process.send({ ...told, recorded }, () => process.kill(process.pid, 'SIGKILL'))
}

main()
