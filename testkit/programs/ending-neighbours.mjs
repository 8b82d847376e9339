// Records beside other packages that handle the end of the process. The first argument names them: versions of signal-exit,
// or execa with a running child process. The second one says whether they are used `before` or `after` the first record, the
// third one what records: `main`, `copies` of the package, or only a `worker`.

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { execa } from 'execa'
import onExit3 from 'signal-exit-3'
import { onExit as onExit4 } from 'signal-exit-4'
import { evaluate } from './evaluation.mjs'
import { stay } from './listening.mjs'
import { numbered, tell } from './numbered.mjs'

const [which, order, who] = process.argv.slice(2)

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

const copies = []
const records = (copy, index) => {
  copies.push({ source: `copy-${index}`, make: numbered(copy.hostedKeyMetrics, `copy-${index}`) })
}
const record = (count) => {
  for (const { source, make } of copies) tell(source, make(count))
}

const neighbours = {
  'signal-exit 3': () => onExit3(() => record(3)),
  'signal-exit 4': () => onExit4(() => record(3)),
  'signal-exit 3 and 4'() {
    onExit3(() => record(3))
    onExit4(() => record(3))
  },
  // If nothing else ends `cat`, it ends with its stdin.
  execa: () => execa('cat').catch(() => {}),
}

const recorders = {
  main: () => records(evaluate(PACKAGE), 0),
  copies() {
    for (const index of [0, 1]) records(evaluate(PACKAGE), index)
  },
  async worker() {
    const count = new Int32Array(new SharedArrayBuffer(4))
    const workerData = { name: 'worker', how: 'signal', count }
    const worker = new Worker(new URL('ending-worker.mjs', import.meta.url), { workerData })
    await once(worker, 'message')
    tell('worker', Atomics.load(count, 0))
  },
}

if (order === 'before') neighbours[which]()
await recorders[who]()
record(100)
if (order === 'after') neighbours[which]()
stay()
process.send('recorded')
