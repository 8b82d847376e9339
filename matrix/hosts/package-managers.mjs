/**
 * A project outside of the repository, in which a package manager with an empty cache installs the package from a registry
 * on loopback. Then the script that each runtime plays is played there.
 *
 * @typedef {object} Manager
 * @property {string} name
 * @property {string[]} command
 * @property {string} [verb] what adds a package to a project
 * @property {Record<string, string>} [variables]
 * @property {(given: { registry: string, packages: string }) => Record<string, string>} [settings] files of the project, the
 *   packages of which are where `packages` says
 * @property {RegExp} binary where the binary is in the project: how the manager lays out packages
 * @property {string} [sibling] the version by which a package of a workspace depends on another
 * @property {(folder: string) => string[]} [runtimeArgs] arguments of the runtime
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { openProject, PACKAGE } from '../../testkit/installation/project.mjs'
import { points } from './points.mjs'
import { endings } from './script.mjs'

const SCRIPT = new URL('../fixtures/script.mjs', import.meta.url)
const WORKSPACE = new URL('package-managers/workspace/', import.meta.url)
const RECORDS_OF_EACH = 1_000

/**
 * @param {Manager} manager
 * @returns {import('../hosts.mjs').Host}
 */
export const installedBy = (manager) =>
  async function* host({ runtime, cloudwatch, tarballs }) {
    const project = await openProject(tarballs)
    try {
      await project.write({ 'script.mjs': readFileSync(SCRIPT, 'utf8') })
      await install(manager, project, [manager.verb ?? 'add', PACKAGE])
      yield* endings({
        runtime,
        cloudwatch,
        program: pathToFileURL(join(project.folder, 'script.mjs')),
        args: manager.runtimeArgs?.(project.folder),
        cwd: project.folder,
      })
    } finally {
      await project.remove()
    }
  }

/**
 * The same in a workspace, two packages of which use this one.
 *
 * @param {Manager} manager
 * @returns {import('../hosts.mjs').Host}
 */
export const installedInWorkspaceBy = (manager) =>
  async function* host({ runtime, cloudwatch, tarballs }) {
    const project = await openProject(tarballs)
    const cwd = join(project.folder, 'packages/web')
    const args = manager.runtimeArgs?.(project.folder)
    try {
      await project.write(workspace(manager))
      await install(manager, project, ['install'])
      await assertOneCopy({ runtime, cloudwatch, cwd, args })
      const program = pathToFileURL(join(cwd, 'script.mjs'))
      yield* endings({ runtime, cloudwatch, program, args, cwd })
    } finally {
      await project.remove()
    }
  }

/**
 * @param {Manager} manager
 * @param {import('../../testkit/installation/project.mjs').Project} project
 * @param {string[]} args
 * @param {string} packages where the packages of a workspace are
 */
export async function execute({ command, variables, settings }, project, args, packages) {
  await project.write(settings?.({ registry: project.registry, packages }) ?? {})
  await project.execute([...command, ...args], variables)
}

async function install(manager, project, args) {
  await execute(manager, project, args, 'packages/*')
  // Nothing was in a cache, and nothing of another platform was downloaded.
  const [first, second, ...others] = project.fetched.toSorted()
  assert.deepEqual({ first, others }, { first: PACKAGE, others: [] })
  assert.ok(second.startsWith(`${PACKAGE}-${process.platform}-${process.arch}`), second)
  const files = readdirSync(project.folder, { recursive: true })
  const binaries = files.filter((file) => file.endsWith('.node'))
  assert.ok(
    binaries.map(asPosix).some((file) => manager.binary.test(file)),
    binaries.join('\n')
  )
}

const asPosix = (path) => path.replaceAll('\\', '/')

function workspace({ sibling }) {
  const read = (name) => readFileSync(new URL(name, WORKSPACE), 'utf8')
  const shared = { version: '1.0.0', type: 'module' }
  const dependencies = { [PACKAGE]: '*' }
  return {
    'package.json': { name: 'project', private: true, workspaces: ['packages/*'] },
    'packages/orders/package.json': {
      name: '@project/orders',
      ...shared,
      exports: './index.mjs',
      dependencies,
    },
    'packages/orders/index.mjs': read('orders.mjs'),
    'packages/web/package.json': {
      name: '@project/web',
      ...shared,
      dependencies: { '@project/orders': sibling, ...dependencies },
    },
    'packages/web/web.mjs': read('web.mjs'),
    'packages/web/script.mjs': readFileSync(SCRIPT, 'utf8'),
  }
}

async function assertOneCopy({ runtime, cloudwatch, cwd, args }) {
  const { code, stdout, stderr } = await start(pathToFileURL(join(cwd, 'web.mjs')), {
    runtime: runtime.command,
    runtimeArgs: args,
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    cwd,
  }).ended
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.deepEqual(JSON.parse(stdout), { isOne: true, recorded: 2 * RECORDS_OF_EACH })
  assert.equal(points(cloudwatch), 2 * RECORDS_OF_EACH)
}
