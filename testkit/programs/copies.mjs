// Evaluates copies of the package in the way that the second argument names, records through each of them, and ends in
// the way that the third one names. The first one holds the paths of what is installed. Tells on stdout what was
// recorded, and throws when the copies do not belong together as they should. See `copies/arrangements.mjs`.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { assertStats, evaluate, evaluateAll, same } from './evaluation.mjs'
import { numbered, tell } from './numbered.mjs'
import { copyOfProcess, evaluateInContext } from './realm.mjs'

const [paths, arrangement, ending] = process.argv.slice(2)
const at = JSON.parse(paths)
const require = createRequire(import.meta.url)

const RECORDS = 100
const WORKERS = 2
const EVENTS = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT']

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index))
const listeners = () => EVENTS.map((event) => process.listenerCount(event))

/** Each gives the engines that there should be, and of each what the copies export that record to it. */
const arrangements = {
  one: () => [[require(at.installed)]],
  two: () => [same(times(2, () => evaluate(at.installed)))],
  'three, empty cache': () => [same(times(3, () => evaluateAll(at.installed)))],
  twenty: () => [same(times(20, () => evaluate(at.installed)))],
  async 'import and require'() {
    return [same([await import(`${at.installed}/index.js`), require(at.installed)])]
  },
  'bundle first': () => [same([require(at.bundle), require(at.installed)])],
  'bundle last': () => [same([require(at.installed), require(at.bundle)])],
  compatible: () => [same([require(at.installed), require(at.compatible)])],
  incompatible: () => [[require(at.installed)], [require(at.incompatible)]],
  'same binary': () => [[require(at.installed), require(at.sameBinary)]],
  'no binary first': () => [same([require(at.withoutBinary), require(at.installed)])],
  'no binary last': () => [same([require(at.installed), require(at.withoutBinary)])],
  contexts: () => [times(20, () => evaluateInContext(at.installed))],
  async files() {
    const files = times(4, () => evaluateInContext(at.installed, copyOfProcess()))
    record([files])
    await files[0].flushHostedKeyMetrics()
    assertStats(files, files.length * RECORDS)
    return []
  },
  async workers() {
    await startWorkers()
    return []
  },
  async 'workers and main'() {
    const copies = same(times(2, () => evaluate(at.installed)))
    record([copies])
    await startWorkers()
    assertStats(copies, (copies.length + WORKERS * 2) * RECORDS)
    return []
  },
}

const endings = {
  natural: () => process.disconnect(),
  exit: () => process.exit(3),
  throw() {
    setImmediate(() => {
      throw new Error('thrown on purpose')
    })
  },
  signal() {
    setInterval(() => {}, 60_000)
    process.send('recorded')
  },
}

/** Records through each copy. There has to be one set of listeners an engine. */
function record(engines) {
  const none = listeners()
  let one
  for (const [index, copy] of engines.flat().entries()) {
    tell(`copy-${index}`, numbered(copy.hostedKeyMetrics, `copy-${index}`, undefined, 1)(RECORDS))
    one ??= listeners().map((count, event) => count - none[event])
  }
  assert.deepEqual(
    listeners(),
    none.map((count, event) => count + one[event] * engines.length)
  )
}

/**
 * Starts workers, each of which evaluates the package twice. Where the process is to end by itself, waits until they have
 * ended; else they stay, and are there when it ends.
 */
function startWorkers() {
  const stays = ending !== 'natural'
  return Promise.all(
    times(WORKERS, (index) => {
      const workerData = { folder: at.installed, name: `worker-${index}`, records: RECORDS, stays }
      const worker = new Worker(new URL('copies-worker.mjs', import.meta.url), { workerData })
      return once(worker, stays ? 'message' : 'exit')
    })
  )
}

const engines = await arrangements[arrangement]()
if (engines.length > 0) record(engines)
for (const copies of engines) assertStats(copies, copies.length * RECORDS)
endings[ending]()
