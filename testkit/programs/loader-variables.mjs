// Loads the package while its variables hold what is meant for another package, and tells the state of metrics, whether the
// variables are as before, and what is found as the binding of another package. The first argument says where: `main`,
// `worker`, `context` (of `vm`) or `copy` (a context with a copy of `process`, as in Jest).

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { copyOfProcess, evaluateInContext } from './realm.mjs'

const PACKAGE = fileURLToPath(new URL('../../index.js', import.meta.url))
const where = process.argv[2]

/** Returns the package, and the `process` that it finds. */
function load() {
  if (where === 'main' || where === 'worker') {
    return { hkm: createRequire(import.meta.url)(PACKAGE), found: process }
  }
  const found = where === 'copy' ? copyOfProcess() : process
  return { hkm: evaluateInContext(PACKAGE, found), found }
}

function play() {
  const before = process.env
  const { hkm, found } = load()
  hkm.hostedKeyMetrics.recordUsed({ provider: 'p' })
  const { state } = hkm.hostedKeyMetricsStats()
  const seen = Object.fromEntries(Object.entries(found.env).filter(([name]) => /^NAPI/.test(name)))
  return { state, isSame: process.env === before && found.env === before, seen }
}

function tell(told) {
  // What is recorded does not matter.
  process.send(told, () => process.kill(process.pid, 'SIGKILL'))
}

if (!isMainThread) parentPort.postMessage(play())
else if (where === 'worker')
  new Worker(fileURLToPath(import.meta.url), { argv: [where] }).once('message', tell)
else tell(play())
