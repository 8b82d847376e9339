/**
 * `npm run pack`: makes the tarballs that are published, in `target/pack/`, from a copy: the repository stays as it
 * is. They are those of the platforms, of `@sim/local-cloudwatch`, and of the package itself, whose JavaScript is published
 * without its comments: they are a third of it. Without `--all`, a platform whose binary is not there is left out.
 *
 *   node scripts/pack.mjs [--binaries FOLDER] [--repository URL] [--all]
 *                         or        import { pack } from './scripts/pack.mjs'
 */

import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { transformSync } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOCAL_CLOUDWATCH = 'local-cloudwatch'
const NAPI = join(ROOT, 'node_modules/@napi-rs/cli/dist/cli.js')

/**
 * @typedef {{ name: string, file: string, bytes: number, contents: string[] }} Tarball
 * @param {object} [options]
 * @param {string} [options.destination] a folder of its own: what is there is removed
 * @param {string} [options.binaries] where the `.node` files are
 * @param {string} [options.repository] registries that show provenance compare it with where the build ran
 * @param {boolean} [options.all] whether every platform has to be there
 * @returns {Tarball[]} the package itself is the last, because it needs the platforms: it is published last
 */
export function pack({
  destination = join(ROOT, 'target/pack'),
  binaries = ROOT,
  repository,
  all = false,
} = {}) {
  const copy = join(destination, 'copy')
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const filter = (path) => !path.includes('node_modules')
  for (const file of ['package.json', 'README.md', 'LICENSE', 'npm', LOCAL_CLOUDWATCH, ...files]) {
    cpSync(join(ROOT, file), join(copy, file), {
      recursive: true,
      filter: (path) => filter(relative(ROOT, path)),
    })
  }
  for (const file of files) removeComments(join(copy, file))

  const packed = []
  for (const platform of readdirSync(join(copy, 'npm'))) {
    const folder = join(copy, 'npm', platform)
    const binary = `hkm-native.${platform}.node`
    copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
    if (existsSync(join(binaries, binary))) {
      copyFileSync(join(binaries, binary), join(folder, binary))
      packed.push(folder)
    } else if (all) throw new Error(`${binary} is missing in ${binaries}`)
    // What fills in the dependencies insists on a file for each. This one is not packed.
    else writeFileSync(join(folder, binary), '')
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(copy, LOCAL_CLOUDWATCH, 'LICENSE'))
  packed.push(join(copy, LOCAL_CLOUDWATCH), copy)
  for (const folder of packed) {
    // What is for the repository alone.
    edit(join(folder, 'package.json'), ({ workspaces, scripts, devDependencies, ...fields }) =>
      repository ? { ...fields, repository: { type: 'git', url: repository } } : fields
    )
  }

  run(process.execPath, [NAPI, 'pre-publish', '--cwd', copy].concat(PREPARE_ONLY))
  edit(join(copy, 'package.json'), ({ napi, ...fields }) => fields)
  const tarballs = packed.map((folder) => {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
    // An array up to npm 11, an object by name from npm 12.
    const [{ name, filename, size, files }] = Object.values(JSON.parse(run('npm', args, folder)))
    const contents = files.map(({ path }) => path)
    return { name, file: join(destination, filename), bytes: size, contents }
  })
  rmSync(copy, { recursive: true })
  return tarballs
}

/** Fills in `optionalDependencies`, and neither releases nor publishes anything. */
const PREPARE_ONLY = ['--tag-style', 'npm', '--no-gh-release', '--skip-optional-publish']

/** In a file of JavaScript, or in those of a folder. */
function removeComments(path) {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) removeComments(join(path, name))
  } else if (/\.m?js$/.test(path)) {
    const { code } = transformSync(readFileSync(path, 'utf8'), {
      legalComments: 'none',
      charset: 'utf8',
      // That one was generated, and nobody reads it.
      minifyWhitespace: basename(path) === 'binding.js',
    })
    writeFileSync(path, code)
  }
}

function edit(manifest, change) {
  const fields = JSON.parse(readFileSync(manifest, 'utf8'))
  writeFileSync(manifest, `${JSON.stringify(change(fields), null, 2)}\n`)
}

function run(command, args, cwd = ROOT) {
  const stdio = ['ignore', 'pipe', 'inherit']
  const shell = process.platform === 'win32'
  return execFileSync(command, args, { cwd, stdio, shell, encoding: 'utf8' })
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      binaries: { type: 'string' },
      repository: { type: 'string' },
      all: { type: 'boolean' },
    },
  })
  const binaries = values.binaries && resolve(values.binaries)
  for (const { file, bytes, contents } of pack({ ...values, binaries })) {
    console.log(`${file}\t${bytes} bytes\t${contents.length} files`)
  }
}
