// The package in a bundle. What a bundler does with a `.node` file depends on how it is set.

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { PACKAGE } from './installation.mjs'

const EXTERNAL = ['*.node', `${PACKAGE}-*`]
const MODULE = { format: 'esm', extension: 'mjs' }

/** Gives modules of Node to `require` in a module, where bundlers do it and esbuild does not. */
const BUILTINS = {
  name: 'builtins',
  setup(build) {
    const filter = /^(node:.*|fs|child_process)$/
    build.onResolve({ filter }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'builtin' } : { path, external: true }
    )
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export * from '${path}'`,
    }))
  },
}

/** By name: options of esbuild. */
export const BUNDLES = {
  'that leaves the binary where it was': { external: EXTERNAL },
  'that makes a path of the binary': { loader: { '.node': 'file' } },
  'that makes nothing of the binary': { loader: { '.node': 'empty' } },
  'in a module without require': { external: EXTERNAL, ...MODULE, plugins: [BUILTINS] },
}

/** A module in which `require` throws. */
export const WITHOUT_REQUIRE = { external: EXTERNAL, ...MODULE }

/**
 * Bundles an installed package, and removes what it was made from.
 *
 * @param {import('./installation.mjs').Installation} installation
 * @param {object} options of `BUNDLES`
 * @returns {Promise<string>} the file
 */
export async function bundle({ project }, { extension = 'cjs', format = 'cjs', ...options }) {
  const entry = join(project, 'entry.mjs')
  const outfile = join(project, 'dist', `bundle.${extension}`)
  await writeFile(entry, `export * as hkm from '${PACKAGE}'\n`)
  const fixed = { entryPoints: [entry], outfile, format, bundle: true, platform: 'node' }
  await build({ ...fixed, logLevel: 'error', ...options })
  await rm(join(project, 'node_modules'), { recursive: true })
  return outfile
}
