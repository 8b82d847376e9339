/** Installs the packed package into an empty project, as its users do, and uses it there. */

import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, run } from '../harness.mjs'
import { startRegistry } from './registry.mjs'

export const PACKAGE = '@sim/hkm-native'
const INSTALL_TIMEOUT_MS = 120_000
const PROGRAMS = ['installed.mjs', 'installed-without-binary.cjs']

// Windows opens no socket without it.
const SYSTEM = process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {}

const exec = promisify(execFile)

/**
 * @param {string[]} tarballs
 * @param {string[]} command of a package manager, up to where the name of the package goes
 * @param {(project: { folder: string, fetched: string[], use: typeof use }) => Promise<void>} work what is done
 *   there: `fetched` are the tarballs that were downloaded, `use` runs a program of it against a local CloudWatch
 */
export async function inProject(tarballs, command, work) {
  const registry = await startRegistry(tarballs)
  const project = await mkdtemp(join(tmpdir(), 'hkm-project-'))
  try {
    await writeFile(join(project, 'package.json'), '{ "name": "project", "private": true }\n')
    await writeFile(join(project, '.npmrc'), `registry=${registry.url}\n`)
    for (const file of PROGRAMS) {
      await cp(fileURLToPath(new URL(file, import.meta.url)), join(project, file))
    }
    await exec(command[0], [...command.slice(1), PACKAGE], {
      cwd: project,
      // Package managers find none of the user's caches, stores and settings.
      env: {
        ...SYSTEM,
        PATH: process.env.PATH,
        HOME: project,
        USERPROFILE: project,
        NO_PROXY: '127.0.0.1',
        CI: 'true',
      },
      timeout: INSTALL_TIMEOUT_MS,
      shell: process.platform === 'win32',
    })
    await work({
      folder: project,
      fetched: registry.fetched,
      use: (program, runtime) => use(pathToFileURL(join(project, program)), runtime),
    })
  } finally {
    await registry.close()
    await rm(project, { recursive: true, force: true })
  }
}

/** Runs a file of the project. Returns how it ended and what arrived. */
async function use(file, runtime) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const env = environment(cloudwatch.endpoint, { ...CREDENTIALS, ...SYSTEM })
    return { ...(await run(file, { env, runtime })), applied: cloudwatch.applied() }
  } finally {
    await cloudwatch.close()
  }
}
