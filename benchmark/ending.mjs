// A process that records and ends: naturally, by `process.exit`, or by a signal. It tells when it has recorded.

import { writeSync } from 'node:fs'
import { loadOf } from './loads/index.mjs'
import { open } from './sides/index.mjs'

const [name, ending, records, series] = process.argv.slice(2)

const side = await open(name)
if (name === 'peer') process.on('beforeExit', () => side.flush())
loadOf(`counter ${series}`).run(side.metrics, 0, Number(records))
writeSync(1, String(performance.timeOrigin + performance.now()))

if (ending === 'exit') process.exit()
if (ending === 'SIGTERM') {
  // Only the signal ends it.
  setInterval(() => {}, 60_000)
  process.kill(process.pid, 'SIGTERM')
}
