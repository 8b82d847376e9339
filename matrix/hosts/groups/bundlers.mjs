// Bundlers: the package left out by the line that each needs, or with its binary in what they build; executables of one file; and
// workers of Cloudflare.

import assert from 'node:assert/strict'
import { build, bundler, refusal } from '../bundlers/bundlers.mjs'
import { bunBuild, singleExecutable } from '../bundlers/executables.mjs'
import { PACKAGE } from '../bundlers/project.mjs'
import { plays } from '../script.mjs'
import { bundle, version, workerd } from '../workerd.mjs'

/** How the application loads the package. */
const ENTRIES = { import: 'app/main.mjs', require: 'app/main.cjs' }
const BOTH = Object.keys(ENTRIES)

/** Copies the binary to the output, in which CommonJS requires it. */
const COPIED = { line: '--loader:.node=copy' }
const A_DEPENDENCY = { line: '', manifest: { dependencies: { [PACKAGE]: '*' } } }

/** What becomes of the package, and `how` the bundler is used for that. */
const WAYS = [
  { name: 'esbuild', what: 'left out' },
  { name: 'esbuild', what: 'binary copied', how: COPIED, entries: ['require'], isComplete: true },
  { name: 'webpack', what: 'left out' },
  { name: 'rollup', what: 'left out' },
  { name: 'rolldown', what: 'left out' },
  { name: 'vite', what: 'nothing set', how: { line: '', files: undefined }, entries: ['import'] },
  { name: 'vite', what: 'left out' },
  { name: 'tsup', what: 'nothing set', how: A_DEPENDENCY, entries: ['import'] },
  { name: 'tsup', what: 'left out' },
  { name: '@vercel/ncc', what: 'nothing set', how: { line: '' }, isComplete: true },
  { name: '@vercel/ncc', what: 'left out', entries: ['import'] },
]

/**
 * A row that runs what `make` builds.
 *
 * @param {object} given
 * @param {string} given.name
 * @param {import('../../hosts.mjs').Runtime} given.runtime
 * @param {() => URL} given.make
 * @param {boolean} [given.isExecutable] whether the program needs no runtime
 * @param {() => string} [given.refusal] gives what the bundler says without its line
 * @param {RegExp} [given.refused] what it has to say
 * @returns {import('../../hosts.mjs').Row}
 */
function row({ name, runtime, make, isExecutable = false, refusal, refused }) {
  let program
  let said
  return {
    name,
    // `env` becomes the program.
    runtime: isExecutable ? { ...runtime, command: 'env' } : runtime,
    folder: 'matrix/hosts/bundlers/',
    prepare() {
      program = make()
      said = refusal?.()
    },
    async *host(given) {
      if (refused !== undefined) assert.match(said, refused)
      yield* plays(() => program)(given)
    },
  }
}

function ofNode({ name, what, how, isComplete }, entry, node) {
  const used = { ...bundler(name), ...how }
  const given = { node, entry: ENTRIES[entry], isModule: entry === 'import' }
  // Once for each bundler.
  const isChecked = what === 'left out' && entry === 'import' && used.without !== undefined
  return row({
    name: `${name} ${used.version}, ${entry}, ${what}`,
    runtime: node,
    make: () => build(used, { ...given, isComplete }),
    ...(isChecked && { refusal: () => refusal(used, given), refused: used.without }),
  })
}

function ofBun(bun) {
  const built = (what, entry, options, { isComplete = true, ...given } = {}) =>
    row({
      name: `bun build ${what}, ${entry}`,
      runtime: bun,
      make: () => bunBuild({ bun, entry: ENTRIES[entry], options, isComplete }),
      ...given,
    })
  const toFolder = (target) => ['--outdir', 'dist', '--target', target]
  const external = [...toFolder('bun'), '--external', PACKAGE]
  const toFile = ['--compile', '--outfile', 'dist/main']
  return {
    external: BOTH.map((entry) => built('--external', entry, external, { isComplete: false })),
    bundled: built('--target=bun', 'import', toFolder('bun')),
    forNode: (node) =>
      built(`--target=node of ${bun.name}`, 'import', toFolder('node'), { runtime: node }),
    compiled: built('--compile', 'import', toFile, { isExecutable: true }),
  }
}

/** @type {import('../../hosts.mjs').Group} */
export const ofBundlers = ({ all, node24 }) => {
  const buns = all.filter(({ name }) => name.startsWith('Bun')).map(ofBun)
  return [
    ...WAYS.flatMap(({ entries = BOTH, ...way }) =>
      entries.map((entry) => ofNode(way, entry, node24))
    ),
    ...buns.flatMap(({ external, bundled }) => [...external, bundled]),
    buns.at(-1).forNode(node24),
    ...buns.map(({ compiled }) => compiled),
    ...all
      .filter(({ name }) => ['Node 24', 'Node 26'].includes(name))
      .map((node) =>
        row({
          name: 'single executable application',
          runtime: node,
          isExecutable: true,
          make: () => singleExecutable({ node, node24, entry: ENTRIES.import }),
        })
      ),
    {
      name: 'worker of Cloudflare, by esbuild',
      runtime: { name: 'workerd', version },
      host: workerd,
      folder: 'matrix/hosts/workerd/',
      prepare: bundle,
    },
  ]
}
