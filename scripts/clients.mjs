/**
 * Installs what the benchmark and the pages in `docs/` compare with, in `benchmark/`. It is no part of the packages of the
 * repository, because nothing else needs it.
 */

import { existsSync, readFileSync } from 'node:fs'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../benchmark/', import.meta.url)

/** Does nothing if all of it is there. */
export function installClients() {
  if (isInstalled()) return
  // The one optional dependency is a socket of another kind, which would have to be compiled.
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund']
  runSteps([{ name: 'clients', command: ['npm', 'ci', ...flags], cwd: 'benchmark' }])
}

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
