// `npm run bench`: the benchmark, set up on a fresh clone. Arguments are passed on.

import { existsSync, readFileSync } from 'node:fs'
import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../benchmark/', import.meta.url)

await setup()
if (!isInstalled()) {
  // The one optional dependency is a socket of another kind, which would have to be compiled.
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund']
  runSteps([{ name: 'clients', command: ['npm', 'ci', ...flags], cwd: 'benchmark' }])
}
runSteps([
  {
    name: 'benchmark',
    command: [process.execPath, 'benchmark/index.mjs', ...process.argv.slice(2)],
  },
])

/** npm keeps a lock file of what it installed; it is compared with the one wanted. */
function isInstalled() {
  const installed = new URL('node_modules/.package-lock.json', DIRECTORY)
  if (!existsSync(installed)) return false
  const has = readJson(installed).packages
  const { '': _root, ...wanted } = readJson(new URL('package-lock.json', DIRECTORY)).packages
  return Object.entries(wanted).every(
    ([location, { version, optional }]) => optional || has[location]?.version === version
  )
}

function readJson(url) {
  return JSON.parse(readFileSync(url, 'utf8'))
}
