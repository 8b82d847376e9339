// Records, and crashes in the way that the first argument names. The second one says in which thread: `main`, `worker`
// (which alone records), or `worker and main` (both record, the worker crashes). The third one is a shared object that is
// loaded before: it installs a crash handler. The fourth one is a shared object that calls abort() when it is loaded.

import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { stay } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

const [how, where, handler, aborting] = process.argv.slice(2)

const source = isMainThread ? 'main' : 'worker'
const record = () => tell(source, recorder(source)(100))

/** Runs the constructor of a shared object. It is no addon, about which the runtime complains afterwards. */
function load(library) {
  try {
    process.dlopen({ exports: {} }, library)
  } catch {}
}

const crashes = {
  'process.abort'() {
    process.abort()
  },
  'failed assertion'() {
    new Function("%AbortJS('aborted on purpose')")()
  },
  'out of memory'() {
    const all = []
    for (;;) all.push(new Array(10_000).fill(all))
  },
  'abort of native code'() {
    load(aborting)
  },
  signal() {
    stay()
    process.send('recorded')
  },
}

if (isMainThread && where !== 'main') {
  if (where === 'worker and main') record()
  new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) })
} else {
  record()
  if (handler) load(handler)
  crashes[how]()
}
