/**
 * The packages that a lock file of npm names, as tarballs for a registry on loopback. npm downloads those that it has installed.
 * Those of other platforms have a manifest alone: package managers read it, and do not install them.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {string} folder with `package-lock.json`, and installed
 * @param {string} destination a folder of its own: what is there is removed
 * @returns {string[]} the tarballs
 */
export function packLocked(folder, destination) {
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  packAbsent(packages, destination)
  const installed = []
  for (const [path, { resolved, integrity, ...manifest }] of Object.entries(packages)) {
    if (!path.startsWith('node_modules/') || manifest.link) continue
    const name = path.slice('node_modules/'.length)
    if (existsSync(join(folder, path))) installed.push(`${name}@${manifest.version}`)
    else packManifest({ name, ...manifest }, destination)
  }
  const options = ['--prefer-offline', '--ignore-scripts', '--loglevel=error']
  execFileSync('npm', ['pack', ...options, '--pack-destination', destination, ...installed], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  return readdirSync(destination).map((file) => join(destination, file))
}

/** npm can leave packages of other platforms out of a lock file. Yarn asks for them too. */
function packAbsent(packages, destination) {
  const optional = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
  )
  for (const [name, version] of new Map(optional)) {
    if (packages[`node_modules/${name}`]) continue
    packManifest({ name, version: version.replace(/^[~^]/, ''), os: ['none'] }, destination)
  }
}

function packManifest(manifest, destination) {
  const copy = join(destination, 'package')
  mkdirSync(copy)
  writeFileSync(join(copy, 'package.json'), JSON.stringify(manifest))
  const file = join(destination, `${manifest.name.replace('/', '-')}.tgz`)
  execFileSync('tar', ['-czf', file, '-C', destination, 'package'])
  rmSync(copy, { recursive: true })
}
