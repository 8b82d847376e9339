/** Installs the package several times in a temporary folder, laid out as by npm: what else a process may load. */

import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import registry from '../../lib/registry.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PACKAGE = '@sim/hkm-native'
/** All that are there: a test may run on another platform than the process that starts it. */
const BINARY = /^hkm-native\.(.+)\.node$/

/** Where the registry says which copies share one state. */
const REGISTRY = 'lib/registry.js'
const OWN_VERSION = `const VERSION = ${registry.VERSION}\n`
const OTHER_VERSION = 'const VERSION = 1_000\n'

const exec = promisify(execFile)

/**
 * @typedef {object} Installations paths of the package's folder, where nothing else is said
 * @property {string} installed the package as it is
 * @property {string} compatible another version of it that shares its state
 * @property {string} incompatible another version that does not, with a binary of its own
 * @property {string} sameBinary another version that does not, with the binary of `installed`
 * @property {string} withoutBinary the package as it is, without its binary
 * @property {string | undefined} bundle a file with all of the package's JavaScript, beside the `node_modules` of
 *   `installed`
 */

/**
 * @param {string} [bun] the command that makes the bundle; without it there is none
 * @returns {Promise<Installations & { remove: () => Promise<void> }>}
 */
export async function installCopies(bun) {
  const root = await mkdtemp(join(tmpdir(), 'hkm-copies-'))
  const remove = () => rm(root, { recursive: true, force: true })
  const app = join(root, 'app')
  try {
    const installed = await install(app)
    return {
      installed,
      compatible: await install(join(root, 'compatible'), { version: '0.0.1' }),
      incompatible: await install(join(root, 'incompatible'), {
        version: '0.0.2',
        isCompatible: false,
      }),
      // Where npm puts what a dependency depends on in another version.
      sameBinary: await install(join(app, 'node_modules/dependency'), {
        version: '0.0.3',
        isCompatible: false,
        hasBinary: false,
      }),
      withoutBinary: await install(join(root, 'without-binary'), { hasBinary: false }),
      bundle: bun && (await bundle(installed, join(app, 'dist/app.cjs'), bun)),
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Installs the package into a project; gives the folder of the package. */
async function install(project, { version, isCompatible = true, hasBinary = true } = {}) {
  const scope = join(project, 'node_modules')
  const folder = join(scope, PACKAGE)
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  await mkdir(folder, { recursive: true })
  for (const file of ['index.js', 'index.mjs', 'binding.js', 'lib']) {
    await cp(join(ROOT, file), join(folder, file), { recursive: true })
  }
  await writeManifest(folder, { ...manifest, version: version ?? manifest.version })
  if (!isCompatible) await replaceIn(join(folder, REGISTRY), OWN_VERSION, OTHER_VERSION)
  if (hasBinary) await installBinary(scope, manifest.version)
  return folder
}

async function installBinary(scope, version) {
  const binaries = (await readdir(ROOT)).filter((file) => BINARY.test(file))
  if (binaries.length === 0) throw new Error(`${ROOT} has no binary`)
  for (const binary of binaries) {
    const name = `${PACKAGE}-${BINARY.exec(binary)[1]}`
    const folder = join(scope, name)
    await mkdir(folder)
    await writeManifest(folder, { name, version, main: binary })
    await copyFile(join(ROOT, binary), join(folder, binary), constants.COPYFILE_FICLONE)
  }
}

const writeManifest = (folder, manifest) =>
  writeFile(join(folder, 'package.json'), JSON.stringify(manifest))

async function replaceIn(file, text, replacement) {
  const before = await readFile(file, 'utf8')
  if (before.split(text).length !== 2) throw new Error(`${file} does not have ${text.trim()} once`)
  await writeFile(file, before.replace(text, replacement))
}

/** Makes one file of the package's JavaScript. Its binary stays where it is installed. */
async function bundle(folder, file, bun) {
  const external = ['*.node', `${PACKAGE}-*`].flatMap((name) => ['--external', name])
  const flags = ['--target', 'node', '--format', 'cjs', ...external, '--outfile', file]
  await exec(bun, ['build', join(folder, 'index.js'), ...flags])
  return file
}
