// Records, and blocks its main thread in the way that the first argument names, or sends a signal to itself. It writes the
// number of its first records just before it is blocked.

import { execFileSync } from 'node:child_process'
import { sendAgain } from './listening.mjs'
import { load } from './loading.mjs'
import { recorder, tell } from './recording.mjs'

const [way, ...args] = process.argv.slice(2)

/** The number of records that may be made and not written yet, as in `endings/`. */
const BURST = 20

const own = recorder('main')
/** Has enough series for all that can be recorded while a busy machine flushes. */
const MANY = 1_000
const record = (count = 100) => tell('main', own(count))

const ways = {
  'records with known labels'() {
    for (;;) record(BURST)
  },
  'records with new labels'() {
    const anew = recorder('main', undefined, Number.POSITIVE_INFINITY)
    for (;;) tell('main', anew(1))
  },
  loops() {
    record()
    for (;;);
  },
  // `cat` ends after this process, when the parent closes its end of stdin.
  'waits for a child process'() {
    record()
    execFileSync('cat', [], { stdio: ['inherit', 'ignore', 'ignore'] })
  },
  'waits in Atomics.wait'() {
    record()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  'has a lock'(addon, handler) {
    record()
    if (handler) load(handler)
    load(addon)
  },
  'has a lock, and then records'(addon) {
    const many = recorder('main', undefined, MANY)
    tell('main', many(100))
    load(addon)
    for (;;) tell('main', many(BURST))
  },
  'sends itself a signal'(signal) {
    record()
    sendAgain(signal)
  },
}

ways[way](...args)
