/**
 * Installs the packages of a folder, and this package into it from its tarballs, as a user would. Nothing is done
 * twice.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NPM = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * @param {URL} folder
 * @param {string[]} tarballs
 */
export function install(folder, tarballs) {
  const lock = new URL('package-lock.json', folder)
  const isLocked = existsSync(lock)
  if (isLocked) once(folder, 'packages', [fileURLToPath(lock)], () => npm(folder, ['ci']))
  // Every package is there already. npm reads the manifests of the folder's own again all the same: with `--offline` and
  // an empty cache it fails, or removes what is optional.
  const add = ['install', '--no-save', '--no-package-lock', '--prefer-offline', ...tarballs]
  once(folder, 'tarballs', tarballs, () => npm(folder, add))
}

/** Does what depends on files, unless it was done with the same content; `npm ci` removes the note of it. */
function once(folder, name, files, act) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  const digest = hash.digest('hex')
  const note = new URL(`node_modules/.${name}-installed`, folder)
  if (existsSync(note) && readFileSync(note, 'utf8') === digest) return
  act()
  writeFileSync(note, digest)
}

function npm(folder, args) {
  execFileSync('npm', [...args, ...NPM], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
}
