// `examples/next-app` outside of the repository: installed by a package manager, built, and deployed. When the server is played,
// nothing is left of the project but the standalone output.

import { cpSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { packLocked } from '../../testkit/installation/locked.mjs'
import { openProject, PACKAGE } from '../../testkit/installation/project.mjs'
import { build, EXAMPLE, standalone } from './next-app.mjs'
import { execute } from './package-managers.mjs'

const example = fileURLToPath(EXAMPLE)
const MANIFEST = 'apps/web/package.json'
const LEFT_OUT = /(^|[\\/])(node_modules|\.next|package-lock\.json)$/

let locked

/** Next.js and React, for the registry on loopback. */
export function prepare() {
  locked = packLocked(example, fileURLToPath(new URL('../../target/next-app/', import.meta.url)))
}

/**
 * @param {import('./package-managers.mjs').Manager} manager
 * @returns {import('../hosts.mjs').Host}
 */
export const standaloneInstalledBy = (manager) =>
  async function* host(given) {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'hkm-next-')))
    const deployed = join(folder, 'standalone')
    try {
      await deploy(manager, given, deployed)
      yield* standalone(pathToFileURL(`${deployed}/`))(given)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

async function deploy(manager, { runtime, tarballs }, deployed) {
  const project = await openProject([...locked, ...tarballs])
  try {
    cpSync(example, project.folder, {
      recursive: true,
      filter: (path) => !LEFT_OUT.test(path),
    })
    const { dependencies, ...manifest } = JSON.parse(
      await readFile(join(example, MANIFEST), 'utf8')
    )
    await project.write({
      [MANIFEST]: { ...manifest, dependencies: { ...dependencies, [PACKAGE]: '*' } },
    })
    await execute(manager, project, ['install'], 'apps/*')
    const built = build(pathToFileURL(`${project.folder}/`), runtime.command)
    await rename(built, deployed)
  } finally {
    await project.remove()
  }
}
