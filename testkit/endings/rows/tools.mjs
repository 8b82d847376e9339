// The runtime's own tools end a process, or make it go on: clusters, restarts after a change, and the debugger.

import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { PATIENCE } from '../../patience.mjs'
import { send } from '../drives.mjs'

/**
 * The most changes of a watched file, and the time after which one was not seen. It is long, because a second change would
 * restart the program once more: a watcher of Node that gets SIGTERM during a restart forgets it, and goes on.
 */
const MAX_CHANGES = 6
const CHANGE_INTERVAL_MS = 2_000 * PATIENCE

const CLUSTERS = [
  { how: 'signal', name: 'workers get SIGTERM' },
  { how: 'kill', name: 'worker.kill()' },
  { how: 'disconnect', name: 'worker.disconnect()' },
  {
    how: 'signal to the primary',
    name: 'the primary gets SIGTERM',
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
  },
].map(({ how, name, ...rest }) => ({
  ...rest,
  name: `cluster, ${name}`,
  program: 'ending-cluster.mjs',
  args: [how],
  hasChildren: true,
  isDefined: process.platform !== 'win32',
}))

const runsIn = ({ stdout }) => stdout.match(/^run-\S+ \d+$/gm)?.length ?? 0

/** Changes the file until it has run again, because the first change may come before the file is watched. */
async function changeAndTerminate({ folder, until, kill }) {
  await until((output) => runsIn(output) >= 1)
  const again = until((output) => runsIn(output) >= 2).then(() => true)
  for (let change = 0; change < MAX_CHANGES; change++) {
    appendFileSync(join(folder, 'watched.mjs'), `// change ${change}\n`)
    if (await Promise.race([again, sleep(CHANGE_INTERVAL_MS)])) break
  }
  kill('SIGTERM')
}

/** How often a watcher writes its own lines depends on the number of changes. */
const WATCHED = {
  repeatsWords: true,
  prepare(folder) {
    const file = join(folder, 'watched.mjs')
    const program = new URL('../../programs/ending-watched.mjs', import.meta.url)
    writeFileSync(file, `import ${JSON.stringify(program.href)}\n`)
    return { program: pathToFileURL(file).href }
  },
  drive: changeAndTerminate,
  isAsBare: true,
  hasChildren: true,
  // The last change may end a run before it has written the number of its records.
  untold: 100,
}

const RESTARTS = [
  {
    ...WATCHED,
    name: 'restarted by node --watch, then SIGTERM to the watcher',
    runtimeArgs: ['--watch', '--watch-preserve-output'],
    runtimes: ['Node'],
  },
  {
    ...WATCHED,
    name: 'reloaded by bun --hot, then SIGTERM',
    runtimeArgs: ['--hot', '--no-clear-screen'],
    runtimes: ['Bun'],
  },
  // Bun replaces the program without an end, so that the runs are of one process and number the same records. Those of the
  // last one arrive. If those of another arrived too, they would come twice.
  {
    ...WATCHED,
    name: 'restarted by bun --watch, then SIGTERM',
    runtimeArgs: ['--watch', '--no-clear-screen'],
    runtimes: ['Bun'],
  },
]

const DEBUGGER = {
  args: ['signal'],
  isAsBare: true,
  comparable: (stderr) => stderr.replace(/ws:\/\/127\.0\.0\.1:\d+\/[-0-9a-f]+/, 'ws://'),
}

/** @type {import('../endings.mjs').Ending[]} */
export const TOOLS = [
  ...CLUSTERS,
  ...RESTARTS,
  {
    ...DEBUGGER,
    name: 'SIGUSR1 opens the debugger, then SIGTERM',
    runtimeArgs: ['--inspect-port=0'],
    runtimes: ['Node'],
    async drive({ message, kill, until }) {
      await message()
      kill('SIGUSR1')
      await until(({ stderr }) => stderr.includes('For help'))
      kill('SIGTERM')
    },
  },
]
