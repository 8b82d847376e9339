'use strict'

// Copies of the package that a process started here may load.

const { readdirSync, readFileSync, realpathSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { finding } = require('./finding.js')

const PACKAGE = '@sim/hkm-native'
/** The most folders that are looked into. A large monorepo has some thousands. */
const MOST_FOLDERS = 20_000

/**
 * @param {string} root a folder of the project
 * @returns {{ copies: { version: string, path: string }[], findings: import('./finding.js').Finding[] }}
 */
function examineCopies(root) {
  const copies = copiesBelow(projectsOf(root))
  const versions = [...new Set(copies.map(({ version }) => version))]
  const findings =
    versions.length < 2
      ? []
      : [
          finding(
            'copies',
            `${PACKAGE} is installed in ${versions.length} versions: ${copies.map(({ version, path }) => `${version} in ${path}`).join(', ')}`,
            'in one process, each version buffers and sends on its own, with options and statistics of its own',
            `Ask for one version everywhere: npm ls ${PACKAGE}, then npm dedupe or overrides`
          ),
        ]
  return { copies, findings }
}

/** The folder, and the projects above it, as of workspaces. */
function projectsOf(folder) {
  const found = [folder]
  for (let at = folder; at !== dirname(at); ) {
    at = dirname(at)
    const names = namesIn(at)
    if (names.includes('node_modules') && names.includes('package.json')) found.push(at)
  }
  return found
}

function copiesBelow(projects) {
  const found = new Map()
  const waiting = projects.map((project) => join(project, 'node_modules'))
  for (let looked = 0; waiting.length > 0 && looked < MOST_FOLDERS; looked++) {
    const modules = waiting.shift()
    for (const name of packagesIn(modules)) {
      const path = join(modules, name)
      if (name === PACKAGE) add(found, path)
      waiting.push(join(path, 'node_modules'))
    }
  }
  return [...found.values()]
}

/** The names of the packages in a `node_modules`, also of those that pnpm keeps apart. */
function packagesIn(modules) {
  return namesIn(modules).flatMap((name) => {
    if (name.startsWith('@')) return namesIn(join(modules, name)).map((own) => `${name}/${own}`)
    if (name === '.pnpm') return namesIn(join(modules, name)).map((own) => `.pnpm/${own}`)
    return name.startsWith('.') ? [] : [name]
  })
}

function add(found, path) {
  try {
    const real = realpathSync(path)
    const { version } = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8'))
    found.set(real, { version, path: real })
  } catch {
    // A folder without a package.json is none.
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

module.exports = { examineCopies }
