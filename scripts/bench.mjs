// `npm run bench`: the benchmark, set up on a fresh clone. Arguments are passed on.

import { installClients } from './clients.mjs'
import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

await setup()
installClients()
runSteps([
  {
    name: 'benchmark',
    command: [process.execPath, 'benchmark/index.mjs', ...process.argv.slice(2)],
  },
])
