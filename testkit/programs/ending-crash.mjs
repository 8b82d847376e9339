// Records, and crashes in the way that the first argument names. The second one says in which thread: `main`, `worker`
// (only the worker records) or `worker and main` (both record, and the worker crashes). The third one is a shared object
// that installs a crash handler, and is loaded after the records. The fourth one is an addon that calls abort(), or is
// sent a signal.

import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { stay } from './listening.mjs'
import { load } from './loading.mjs'
import { recorder, tell } from './recording.mjs'

const [how, where, handler, aborting] = process.argv.slice(2)

const source = isMainThread ? 'main' : 'worker'
const record = () => tell(source, recorder(source)(100))

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
