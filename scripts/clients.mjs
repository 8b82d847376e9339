/**
 * Installs what the benchmark and the pages in `docs/` compare with, in `benchmark/`. It is no part of the packages of the
 * repository, because nothing else needs it.
 */

import { isInstalled } from './installed.mjs'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../benchmark/', import.meta.url)

/** Does nothing if all of it is there. */
export function installClients() {
  if (isInstalled(DIRECTORY)) return
  // The one optional dependency is a socket of another kind, which would have to be compiled.
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund']
  runSteps([{ name: 'clients', command: ['npm', 'ci', ...flags], cwd: 'benchmark' }])
}
