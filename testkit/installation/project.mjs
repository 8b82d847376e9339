/** Installs the packed package into an empty project, as its users do, and uses it there. */

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
 * An empty folder in which package managers find the packed package, and none of the user's caches, stores and settings.
 *
 * @typedef {object} Project
 * @property {string} folder
 * @property {string} registry the address of a registry on loopback, which has the tarballs and nothing else
 * @property {string[]} fetched the names of the packages whose tarballs were downloaded
 * @property {(files: Record<string, string | object>) => Promise<void>} write files by their path; an object is written as
 *   JSON
 * @property {(command: string[], variables?: Record<string, string>) => Promise<void>} execute runs a package manager
 * @property {() => Promise<void>} remove
 *
 * @param {string[]} tarballs
 * @returns {Promise<Project>}
 */
export async function openProject(tarballs) {
  const registry = await startRegistry(tarballs)
  // The temporary folder of macOS is a symbolic link. Modules are known by their real path.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'hkm-project-')))
  async function write(files) {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      const isText = typeof content === 'string'
      await writeFile(
        join(folder, path),
        isText ? content : `${JSON.stringify(content, null, 2)}\n`
      )
    }
  }
  await write({
    'package.json': { name: 'project', private: true },
    '.npmrc': `registry=${registry.url}\n`,
  })
  return {
    folder,
    registry: registry.url,
    fetched: registry.fetched,
    write,
    async execute([command, ...args], variables) {
      await exec(command, args, {
        cwd: folder,
        env: {
          ...SYSTEM,
          PATH: process.env.PATH,
          HOME: folder,
          USERPROFILE: folder,
          NO_PROXY: '127.0.0.1',
          CI: 'true',
          ...variables,
        },
        timeout: INSTALL_TIMEOUT_MS,
        shell: process.platform === 'win32',
      }).catch((error) => {
        // Yarn and Bun write what went wrong to stdout.
        throw new Error([error.message, error.stdout].join('\n'))
      })
    },
    async remove() {
      await registry.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * @param {string[]} tarballs
 * @param {string[]} command of a package manager, up to where the name of the package goes
 * @param {(project: { folder: string, fetched: string[], use: typeof use }) => Promise<void>} work what is done
 *   there: `fetched` are the tarballs that were downloaded, `use` runs a program of it against a local CloudWatch
 */
export async function inProject(tarballs, command, work) {
  const project = await openProject(tarballs)
  const { folder, fetched } = project
  try {
    for (const file of PROGRAMS) {
      await cp(fileURLToPath(new URL(file, import.meta.url)), join(folder, file))
    }
    await project.execute([...command, PACKAGE])
    await work({
      folder,
      fetched,
      use: (program, runtime) => use(pathToFileURL(join(folder, program)), runtime),
    })
  } finally {
    await project.remove()
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
