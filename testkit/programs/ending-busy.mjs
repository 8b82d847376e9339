// Records, and blocks its main thread in the way that the first argument names, or ends it by a signal that it sends to
// itself. Tells after its first records how many there are; it is blocked within moments from then on.

import { execFileSync } from 'node:child_process'
import { sendAgain } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

const [way, ...args] = process.argv.slice(2)

/** Also the number of records that may be untold. */
const BURST = 20

const own = recorder('main')
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
  // `cat` ends when this process has ended, because the parent then closes its end of stdin.
  'waits for a child process'() {
    record()
    execFileSync('cat', [], { stdio: ['inherit', 'ignore', 'ignore'] })
  },
  'waits in Atomics.wait'() {
    record()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  'has a lock'(addon) {
    record()
    process.dlopen({ exports: {} }, addon)
  },
  'sends itself a signal'(signal) {
    record()
    sendAgain(signal)
  },
}

ways[way](...args)
