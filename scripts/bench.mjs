// `npm run bench`: the benchmark, set up on a fresh clone. Arguments are passed on.

import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

await setup()
runSteps([
  {
    name: 'benchmark',
    command: [process.execPath, 'benchmark/index.mjs', ...process.argv.slice(2)],
  },
])
