'use strict'

// What bundlers and container images do to a package with a binary. Looks at files of the project, and guesses: a build is a
// program, so a finding says what it was seen in.

const { existsSync, readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { finding } = require('./finding.js')

const PACKAGE = '@sim/hkm-native'
const NO_BINARY =
  'the bundle has the JavaScript and not the binary, so that metrics are off where it runs'

/** A project is a folder with a package.json. */
function examineTraps(folder) {
  const project = {
    text: (name) => textOf(join(folder, name)),
    first: (pattern) => namesIn(folder).find((name) => pattern.test(name)),
    has: (name) => existsSync(join(folder, name)),
    manifest: jsonOf(textOf(join(folder, 'package.json'))) ?? {},
  }
  return [next, webpack, commandLines, lockFile, omitted, images].flatMap(
    (look) => look(project) ?? []
  )
}

/** Next.js bundles what server components import, unless it is told not to. */
function next({ manifest, first, text }) {
  if (!dependsOn(manifest, 'next')) return undefined
  const name = first(/^next\.config\.\w+$/)
  if (name !== undefined && text(name).includes(PACKAGE)) return undefined
  return finding(
    'bundler',
    `${name ?? 'next.config.js, which is not there,'} does not name ${PACKAGE} in serverExternalPackages`,
    NO_BINARY,
    `Add serverExternalPackages: ['${PACKAGE}'] to ${name ?? 'next.config.js'}`
  )
}

function webpack({ first, text }) {
  const name = first(/^webpack\.config\.\w+$/)
  const configuration = name === undefined ? '' : text(name)
  const isForServer = /target\s*:\s*['"](async-)?node/.test(configuration)
  if (!isForServer || /hkm-native|node-?externals/i.test(configuration)) return undefined
  return finding(
    'bundler',
    `${name} bundles for Node, and does not name ${PACKAGE} in externals`,
    NO_BINARY,
    `Add externals: { '${PACKAGE}': 'commonjs ${PACKAGE}' } to ${name}`
  )
}

// A command of esbuild. Bun and ncc copy the binary by themselves.
const BUNDLES = /\besbuild\b(?=.*--bundle).*--platform[= ]node/
const LEAVES_OUT = /--external:@sim|--packages=external/
/** Not into an ES module: what is bundled into one cannot require the modules of Node. */
const COPIES = /^(?!.*--format[= ]esm).*--loader:\.node=copy/

function commandLines({ manifest }) {
  return Object.entries(manifest.scripts ?? {}).flatMap(([name, command]) => {
    if (typeof command !== 'string' || !BUNDLES.test(command)) return []
    if (LEAVES_OUT.test(command) || COPIES.test(command)) return []
    const problem = `the script ${name} bundles, and does not leave out ${PACKAGE}`
    return [finding('bundler', problem, NO_BINARY, `Add --external:${PACKAGE} to it`)]
  })
}

/** npm writes only the platform of the machine into a lock file that was made beside a node_modules (npm issue 4828). */
function lockFile({ text }) {
  const packages = jsonOf(text('package-lock.json'))?.packages ?? {}
  const wanted = Object.keys(packages[`node_modules/${PACKAGE}`]?.optionalDependencies ?? {})
  const missing = wanted.filter((name) => packages[`node_modules/${name}`] === undefined)
  // Programs run on Linux, and on the machine of whoever writes them.
  const isLinux = (name) => name.includes('-linux-')
  const isOwn = (name) => name.includes(`-${process.platform}-${process.arch}`)
  const isEnough = [isLinux, isOwn].every((isMeant) =>
    wanted.some((name) => isMeant(name) && !missing.includes(name))
  )
  if (wanted.length === 0 || isEnough) return undefined
  return finding(
    'lock file',
    `package-lock.json lacks ${missing.map((name) => name.slice(PACKAGE.length + 1)).join(', ')}`,
    'npm ci installs no binary on these platforms, as in a container',
    'Remove package-lock.json and node_modules, and run npm install'
  )
}

function omitted({ text }) {
  const isOmitted =
    /^\s*omit\s*=.*optional/m.test(text('.npmrc')) ||
    /optional/.test(process.env.npm_config_omit ?? '')
  if (!isOmitted) return undefined
  return finding(
    'installation',
    'npm is told to omit optional dependencies',
    'the binary of each platform is one, and is not installed',
    'Remove omit=optional from .npmrc and from npm_config_omit'
  )
}

/** An image that gets the node_modules of the machine that built it. */
function images({ first, text, has }) {
  const name = first(/^Dockerfile/)
  const file = name === undefined ? '' : text(name)
  const ignored = text('.dockerignore') + text(`${name}.dockerignore`)
  const copiesAll = /^\s*(COPY|ADD)\s+(--\S+\s+)*\.\/?\s+\S+/im.test(file)
  if (!copiesAll || !has('node_modules') || /^(\*|\S*\bnode_modules(\/\**)?)\s*$/m.test(ignored))
    return undefined
  return finding(
    'container',
    `${name} copies the whole folder, and .dockerignore does not name node_modules`,
    'the image gets the binary of this machine, which its processor or C library may not load',
    'Add node_modules to .dockerignore, and run npm ci in the image'
  )
}

const dependsOn = ({ dependencies, devDependencies }, name) =>
  Object.hasOwn({ ...dependencies, ...devDependencies }, name)

/** The text of a file, empty if it cannot be read. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function jsonOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

module.exports = { examineTraps }
