// An installation of the package as npm lays it out, to break.

import { constants } from 'node:fs'
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const PACKAGE = '@sim/hkm-native'

/** The platforms that have a binary. */
export const PLATFORMS = (await readdir(join(ROOT, 'npm'))).sort()

const MINE = `${process.platform}-${process.arch}`
const BINARY = (await readdir(ROOT)).find((file) => file.includes(MINE) && file.endsWith('.node'))
/** The platform of this machine, such as `linux-x64-gnu`. */
export const PLATFORM = BINARY?.split('.')[1]

/**
 * @typedef {object} Installation
 * @property {string} folder of the package
 * @property {string} platform the folder of the platform's package
 * @property {string} binary its `.node` file
 * @property {string} project the folder that has `node_modules`
 */

/**
 * Installs the package and that of this platform.
 *
 * @param {string} project a folder
 * @returns {Promise<Installation>}
 */
export async function install(project) {
  if (BINARY === undefined) throw new Error(`${ROOT} has no binary for ${MINE}`)
  const folder = join(project, 'node_modules', PACKAGE)
  const platform = `${folder}-${PLATFORM}`
  const binary = join(platform, BINARY)
  for (const made of [folder, platform]) await mkdir(made, { recursive: true })
  for (const file of ['index.js', 'index.mjs', 'binding.js', 'lib']) {
    await cp(join(ROOT, file), join(folder, file), { recursive: true })
  }
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  // As `napi pre-publish` fills them in.
  const optionalDependencies = Object.fromEntries(
    PLATFORMS.map((name) => [`${PACKAGE}-${name}`, manifest.version])
  )
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ ...manifest, optionalDependencies })
  )
  await cp(join(ROOT, 'npm', PLATFORM, 'package.json'), join(platform, 'package.json'))
  await copyFile(join(ROOT, BINARY), binary, constants.COPYFILE_FICLONE)
  return { folder, platform, binary, project }
}
