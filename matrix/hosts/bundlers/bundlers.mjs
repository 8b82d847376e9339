// Bundlers that run on Node: how each builds the application, the line that leaves the package out, and what comes without it.

import { readFileSync } from 'node:fs'
import { PACKAGE, project, tool } from './project.mjs'

/**
 * @typedef {object} Bundler
 * @property {string} name on npm
 * @property {string} program its file that Node runs
 * @property {string} line what leaves the package out; empty where the bundler does that by itself
 * @property {(given: Given) => string[]} args of the program. What it builds is `main` or `index` in `dist`
 * @property {(given: Given) => Record<string, string>} [files] its configuration
 * @property {object} [manifest] what the `package.json` of the project has
 * @property {RegExp} [without] what it says without the line, and fails
 *
 * @typedef {{ entry: string, isModule: boolean, line: string }} Given `isModule`: whether a module is wanted, and not CommonJS
 */

const format = (isModule) => (isModule ? 'esm' : 'cjs')
const output = (isModule) => (isModule ? 'dist/main.mjs' : 'dist/main.cjs')
const words = (line) => line.split(' ').filter((word) => word !== '')

/** @type {Record<string, Bundler>} */
const BY_NAME = {
  esbuild: {
    program: 'esbuild/bin/esbuild',
    line: `--external:${PACKAGE}`,
    args: ({ entry, isModule, line }) => [
      ...[entry, '--bundle', '--platform=node', `--format=${format(isModule)}`],
      ...[`--outfile=${output(isModule)}`, ...words(line)],
    ],
    without: /No loader is configured for "\.node" files: .*hkm-native\.[\w-]+\.node/,
  },
  webpack: {
    program: 'webpack-cli/bin/cli.js',
    line: `externals: { '${PACKAGE}': 'commonjs ${PACKAGE}' },`,
    args: () => ['--config', 'webpack.config.mjs'],
    files: ({ entry, line }) => ({
      'webpack.config.mjs': `export default {
        mode: 'production',
        target: 'node',
        entry: './${entry}',
        output: { filename: 'main.cjs' },
        ${line}
      }`,
    }),
    without: /hkm-native\.[\w-]+\.node[^\n]*\nModule parse failed: Unexpected character/,
  },
  rollup: {
    program: 'rollup/dist/bin/rollup',
    line: `--external ${PACKAGE}`,
    args: ({ entry, isModule, line }) => [
      ...[entry, '--format', format(isModule), '--file', output(isModule)],
      ...['-p', 'node-resolve', '-p', 'commonjs', ...words(line)],
    ],
    without: /hkm-native-[\w-]+\/package\.json \(2:8\): Expected ';', '}' or <eof>/,
  },
  rolldown: {
    program: 'rolldown/bin/cli.mjs',
    line: `--external ${PACKAGE}`,
    args: ({ entry, isModule, line }) => [
      ...[entry, '--platform', 'node', '--format', format(isModule)],
      ...['--file', output(isModule), ...words(line)],
    ],
    without: /\[UNLOADABLE_DEPENDENCY\] Could not load .*hkm-native\.[\w-]+\.node/,
  },
  vite: {
    program: 'vite/bin/vite.js',
    line: `external: ['${PACKAGE}'],`,
    args: ({ entry }) => ['build', '--ssr', entry, '--outDir', 'dist'],
    files: ({ line }) => ({
      'vite.config.mjs': `export default { ssr: { noExternal: true, ${line} } }`,
    }),
    without: /UNLOADABLE_DEPENDENCY.*Could not load .*hkm-native\.[\w-]+\.node/,
  },
  tsup: {
    program: 'tsup/dist/cli-default.js',
    line: `--external ${PACKAGE}`,
    args: ({ entry, isModule, line }) => [
      ...[entry, '--format', format(isModule), '--out-dir', 'dist', ...words(line)],
    ],
    without: /Cannot find module '\.\/hkm-native\.[\w-]+\.node'/,
  },
  '@vercel/ncc': {
    program: '@vercel/ncc/dist/ncc/cli.js',
    line: `--external ${PACKAGE}`,
    args: ({ entry, line }) => [...['build', entry, '--out', 'dist', '--no-cache', ...words(line)]],
  },
}

function begin({ files, manifest, program, args }, { node, ...given }) {
  const made = project({ files: files?.(given), manifest })
  return { ...made, command: [node.command, program, ...args(given)] }
}

/**
 * Builds the application. Returns the program.
 *
 * @param {Bundler} bundler
 * @param {Given & { node: import('../../hosts.mjs').Runtime, isComplete?: boolean }} given `isComplete`: whether the program has
 *   to work with no package beside it
 */
export function build(bundler, { isComplete = false, ...given }) {
  const { run, command, finish } = begin(bundler, { line: bundler.line, ...given })
  run(command)
  return finish(isComplete)
}

/** What a bundler says that fails without its line. */
export function refusal(bundler, given) {
  const { attempt, command } = begin(bundler, { ...given, line: '' })
  const { status, output } = attempt(command)
  if (status === 0) throw new Error(`${bundler.name} builds without ${bundler.line}`)
  return output
}

const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url), 'utf8'))

/** @type {(name: string) => Bundler & { version: string }} */
export const bundler = (name) => ({
  ...BY_NAME[name],
  name,
  version: packages[`node_modules/${name}`].version,
  program: tool(BY_NAME[name].program),
})
