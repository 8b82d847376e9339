// The primary of a cluster, which records as its workers do. Each worker ends in a way of its own.

import cluster from 'node:cluster'
import { once } from 'node:events'

const WAYS = ['disconnect', 'kill', 'killed', 'exits', 'throws', 'aborts']

if (cluster.isPrimary) {
  await import('./service.mjs')
  for (const way of WAYS) {
    const worker = cluster.fork({ WAY: way })
    const ended = once(worker, 'exit')
    await once(worker, 'listening')
    if (way === 'disconnect') worker.disconnect()
    else if (way === 'kill') worker.kill()
    else if (way === 'killed') process.kill(worker.process.pid, 'SIGINT')
    else worker.send('crash')
    const [code, signal] = await ended
    console.log(`${way}: ${signal ?? code}, as told: ${worker.exitedAfterDisconnect}`)
  }
  await once(cluster.fork({ WAY: 'outlives' }), 'listening')
  console.log('the last worker listens')
} else {
  const crashes = {
    exits: () => process.exit(3),
    throws() {
      throw new Error('thrown on purpose')
    },
    aborts: () => process.abort(),
  }
  process.on('message', (message) => message === 'crash' && crashes[process.env.WAY]())
  await import('./service.mjs')
}
