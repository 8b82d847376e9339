// The primary of a cluster starts two workers. All three record. The first argument says how the workers end.

import cluster from 'node:cluster'
import { once } from 'node:events'
import { stay } from './listening.mjs'
import { recorder, say, tell } from './recording.mjs'

const [how] = process.argv.slice(2)

const ends = {
  signal: ({ process: { pid } }) => process.kill(pid, 'SIGTERM'),
  kill: (worker) => worker.kill(),
  disconnect: (worker) => worker.disconnect(),
}

const record = (source) => tell(source, recorder(source)(100))

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  record('primary')
  if (how === 'signal to the primary') {
    stay()
    process.send('recorded')
  } else {
    for (const worker of workers) {
      const ended = once(worker, 'exit')
      ends[how](worker)
      const [code, signal] = await ended
      say(`worker: ${signal ?? code}`)
    }
    process.disconnect()
  }
} else {
  record(`worker-${cluster.worker.id}`)
  process.send('recorded')
}
