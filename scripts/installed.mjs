/** Whether npm has installed what a lock file wants, in a folder of its own. */

import { existsSync, readFileSync } from 'node:fs'

/**
 * npm keeps a lock file of what it installed, which is compared with the one wanted.
 *
 * @param {URL} folder
 */
export function isInstalled(folder) {
  const installed = new URL('node_modules/.package-lock.json', folder)
  if (!existsSync(installed)) return false
  const has = readJson(installed).packages
  const { '': _root, ...wanted } = readJson(new URL('package-lock.json', folder)).packages
  return Object.entries(wanted).every(
    ([location, { version, optional }]) => optional || has[location]?.version === version
  )
}

const readJson = (url) => JSON.parse(readFileSync(url, 'utf8'))
