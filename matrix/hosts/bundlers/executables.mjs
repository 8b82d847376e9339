// One file that holds the application, the package, its binary and the runtime: Bun's, and a single executable application of Node.

import { copyFileSync, readdirSync } from 'node:fs'
import { bundler } from './bundlers.mjs'
import { project, tool } from './project.mjs'

/** @typedef {import('../../hosts.mjs').Runtime} Runtime */

/**
 * The file that `bun build` made.
 *
 * @param {object} given
 * @param {Runtime} given.bun
 * @param {string} given.entry
 * @param {string[]} given.options
 * @param {boolean} given.isComplete whether the program has to work with no package beside it
 */
export function bunBuild({ bun, entry, options, isComplete }) {
  const { run, finish } = project()
  run([bun.command, 'build', entry, ...options])
  return finish(isComplete)
}

/**
 * A single executable application. esbuild puts a module that loads an asset in the place of the package of the platform, and the
 * manifest of that beside it, because its version is compared.
 *
 * @param {{ node: Runtime, node24: Runtime, entry: string }} given
 */
export function singleExecutable({ node, node24, entry }) {
  const platform = readdirSync(tool('@sim')).find((name) => name.startsWith('hkm-native-'))
  const folder = `./node_modules/@sim/${platform}`
  const binary = readdirSync(tool(`@sim/${platform}`)).find((name) => name.endsWith('.node'))
  const isOneStep = Number.parseInt(node.version, 10) >= 26
  const configuration = {
    main: 'dist/bundle.cjs',
    output: isOneStep ? 'dist/main' : 'dist/blob',
    disableExperimentalSEAWarning: true,
    assets: { 'hkm-native.node': `${folder}/${binary}` },
  }
  const { run, finish, path } = project({ files: { 'sea.json': JSON.stringify(configuration) } })
  run([
    ...[node24.command, bundler('esbuild').program, entry, '--bundle', '--platform=node'],
    ...['--format=cjs', '--outfile=dist/bundle.cjs', `--alias:@sim/${platform}=./app/binary.cjs`],
    `--alias:@sim/${platform}/package.json=${folder}/package.json`,
  ])
  if (isOneStep) run([node.command, '--build-sea', 'sea.json'])
  else {
    run([node.command, '--experimental-sea-config', 'sea.json'])
    copyFileSync(node.command, path('dist/main'))
    const inject = [tool('postject/dist/cli.js'), 'dist/main', 'NODE_SEA_BLOB', 'dist/blob']
    run([node24.command, ...inject, '--sentinel-fuse', SENTINEL])
  }
  return finish(true)
}

/** Node's documentation of single executable applications. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
