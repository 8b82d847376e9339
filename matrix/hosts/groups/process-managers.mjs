// Process managers, which start, restart and end a service that records.

import { fileURLToPath } from 'node:url'
import { cluster } from '../cluster.mjs'
import { installed, managed, SERVICE } from '../managed.mjs'
import { parent, parentOfCrash } from '../parents.mjs'
import { pm2InClusterMode, pm2InForkMode } from '../pm2.mjs'
import { watcher } from '../watchers.mjs'

const folder = 'matrix/hosts/process-managers/'
const service = fileURLToPath(SERVICE)

const NODEMON = installed('nodemon/bin/nodemon.js')
const TSX = installed('tsx/dist/cli.mjs')
const CONCURRENTLY = installed('concurrently/dist/bin/index.js')

const nodemon =
  (...flags) =>
  (file) => ({ program: NODEMON, args: ['--no-update-notifier', ...flags, fileURLToPath(file)] })
const tsxWatch = (file) => ({
  program: TSX,
  args: ['watch', '--clear-screen=false', fileURLToPath(file)],
})
const nodeWatch = (file) => ({
  program: file,
  runtimeArgs: ['--watch', '--watch-preserve-output'],
})

const SCENARIOS = {
  'pm2, fork mode': pm2InForkMode,
  'pm2, cluster mode': pm2InClusterMode,
  nodemon: watcher(nodemon()),
  'nodemon --signal SIGTERM': watcher(nodemon('--signal', 'SIGTERM')),
  'tsx watch': watcher(tsxWatch, 'watched.ts'),
  'node --watch': watcher(nodeWatch),
  // Without `exec`, the shell that npm starts ends at SIGTERM and leaves the service behind. The harness adds the file.
  'npm run': parent(
    { runtime: 'npm', runtimeArgs: ['run', 'start', '--'], program: SERVICE },
    'exec node'
  ),
  concurrently: parent({ program: CONCURRENTLY, args: [`node ${JSON.stringify(service)}`] }),
  tsx: parentOfCrash({ program: TSX, args: [service] }),
  'node --import tsx': parent({
    program: SERVICE,
    runtimeArgs: ['--import', installed('tsx/dist/loader.mjs').href],
  }),
}

/** @type {import('../../hosts.mjs').Group} */
export const ofProcessManagers = ({ all, node24 }) => [
  ...Object.entries(SCENARIOS).map(([name, scenario]) => ({
    name,
    runtime: node24,
    host: managed(scenario),
    folder,
  })),
  ...all
    .filter(({ name }) => name.startsWith('Node'))
    .map((runtime) => ({ name: 'node:cluster', runtime, host: managed(cluster), folder })),
]
