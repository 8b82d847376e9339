// `npm run test:runtimes`: the suites that run the package in processes of their own, once for each other runtime
// that the package promises to work on. The tests themselves stay on the Node that runs this, and give their children
// an environment of their own.

import { readdirSync, readFileSync } from 'node:fs'
import { runtimes } from './runtimes.mjs'
import { setup } from './setup.mjs'
import { FOUR_AT_A_TIME, runSteps } from './steps.mjs'

const TESTS = new URL('../__test__/', import.meta.url)

// Endings, credentials and copies have matrices over all runtimes, and the suite of load failures plays all of them. What the
// binary asks of the C library, reads from files and the network, and does without descriptors, and what CloudWatch makes of a
// request, is the same under each of them. So is what the native side makes of series, roll-ups and namespaces, and what pages
// and the model say of it. How much memory a runtime keeps for itself is its own affair. The command `hkm-native` runs on Node.
const ELSEWHERE = [
  ...['endings', 'credentials', 'roles', 'copies', 'load-failure'],
  ...['getenv', 'files', 'endless', 'exhausted', 'hostile-environment', 'referee', 'bounds'],
  ...['tls', 'certificates', 'names', 'proxy', 'tunnel', 'redirects', 'profile-settings'],
  ...[
    'namespaces',
    'denied-namespace',
    'folded',
    'random-definitions',
    'random-definitions-faults',
  ],
  ...['pages', 'cost', 'workflow-cost', 'doctor'],
].map((suite) => `${suite}.test.mjs`)

const startsChildren = (file) =>
  /\/(harness|pages\/project)\.mjs/.test(readFileSync(new URL(file, TESTS), 'utf8'))

await setup()
const suites = readdirSync(TESTS)
  .filter((file) => file.endsWith('.test.mjs') && !ELSEWHERE.includes(file) && startsChildren(file))
  .map((file) => `__test__/${file}`)

runSteps(
  runtimes()
    .filter(({ command }) => command !== process.execPath)
    .map(({ name, command }) => ({
      name: `the package on ${name}`,
      command: [process.execPath, '--test', FOUR_AT_A_TIME, '--test-reporter=dot', ...suites],
      env: { HKM_TEST_RUNTIME: command },
    }))
)
