'use strict'

// Explains why the native binary could not be loaded: the cause first, and the advice that fits it.
//
// `binding.js` tries a file beside it and the package of the platform. The error that it throws has
// the failures of all candidates as its causes. Most of them only say that a candidate does not
// exist, so the first rule that matches any of them decides.

const { readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { isMainThread } = require('node:worker_threads')
const { append, own, property } = require('./properties.js')

const PACKAGE = '@sim/hkm-native'
const PLATFORM_PREFIX = 'hkm-native-'

// The maximum number of causes that are read, and of the characters of one that are shown.
const MAX_CAUSES = 16
const MAX_SHOWN = 240

const BUNDLED = {
  cause: 'the package was bundled, or copied without its binary',
  advice: `Mark ${PACKAGE} as external: serverExternalPackages in Next.js, external in other bundlers`,
}
// Such a program cannot leave the package out.
const ONE_FILE = {
  cause: 'the executable was built without it',
  advice: 'See docs/hosts.md',
}
const AGAIN = 'Install the package again on the system that runs it'

/** A binary was loaded that lacks functions of the binding. */
class ForeignBinary extends Error {
  name = 'ForeignBinary'
}

/**
 * What a failure says, and the explanation for it. The messages are those of Node, Bun, glibc, musl,
 * macOS and Windows. `isQuoted`: the message adds to the explanation. `isTransient`: a later attempt
 * may succeed.
 */
const RULES = [
  { says: /addons is disabled|ERR_DLOPEN_DISABLED/, why: addonsDisabled },
  {
    says: /ERR_ACCESS_DENIED|API has been restricted/,
    why: {
      cause: 'the permission model forbids reading its files',
      advice: `Add --allow-fs-read for the folders of ${PACKAGE} and of its platform package`,
    },
  },
  {
    says: /too many open files|EMFILE|ENFILE/i,
    isTransient: true,
    why: { cause: 'no file descriptors are left', advice: 'Raise the limit of open files' },
  },
  {
    says: /cannot (allocate|create|enlarge|apply additional) .*memory|out of memory|ENOMEM/i,
    isTransient: true,
    why: { cause: 'no memory is left', advice: 'Give the process more memory' },
  },
  {
    says: /GLIBC(XX)?_[\d.]+' not found/,
    isQuoted: true,
    why: { cause: "the system's C library is too old for it", advice: 'Use a newer system' },
  },
  {
    says: /ld-linux[\w-]*\.so|ld-musl|libc\.musl|\blibc\.so: |error relocating|\blibc\.so\.6: cannot open/i,
    isQuoted: true,
    why: { cause: 'it was built for another C library, glibc or musl', advice: AGAIN },
  },
  {
    says: /wrong ELF class|incompatible architecture|not a valid win32|\.node: cannot open shared object file: no such file|exec format error/i,
    isQuoted: true,
    why: { cause: `it was built for another processor than ${process.arch}`, advice: AGAIN },
  },
  {
    // Most versions of glibc do not say why.
    says: /failed to map segment/i,
    isTransient: true,
    isQuoted: true,
    why: {
      cause: 'its file system is mounted with noexec, or no memory is left',
      advice: 'Install the package on another file system, or give the process more memory',
    },
  },
  {
    says: /permission denied|EACCES|EPERM/i,
    isQuoted: true,
    why: {
      cause: 'the process may not read it',
      advice: 'Check the owner and the permissions of node_modules',
    },
  },
  {
    says: /file too short|invalid ELF|ELF (file|load|header)|not a mach-o|slice is not valid|file is too small/i,
    isQuoted: true,
    why: { cause: 'its file is damaged', advice: 'Install the package again' },
  },
  {
    says: /version mismatch/,
    isQuoted: true,
    why: {
      cause: `its version differs from that of ${PACKAGE}`,
      advice: 'Install both in the same version',
    },
  },
  {
    says: /Node-API version|NAPI_VERSION|napi_version/,
    isQuoted: true,
    why: {
      cause: 'this version of the runtime is too old',
      advice: 'Use Node 20.3, Bun 1.3 or newer',
    },
  },
  {
    says: /did not self-register|napi_register_module|ForeignBinary/,
    isQuoted: true,
    why: foreign,
  },
  { says: /require is not defined|dynamic(ally)? require|ReferenceError/i, why: BUNDLED },
]

/**
 * Returns why the binary could not be loaded, and what can be done: apart, and as the end of a sentence.
 *
 * @param {unknown} error what the loader threw
 * @returns {{ cause: string, advice?: string, text: string, isTransient: boolean }}
 */
function explain(error) {
  const causes = causesOf(error)
  const variable = inlinedVariable()
  if (variable !== undefined) {
    const cause = `${variable} is set, and Bun 1.3 inlines it in workers`
    return failure({ cause, advice: 'Remove it, or update Bun' }, '', false)
  }
  for (let at = 0; at < RULES.length; at++) {
    const { says, why, isQuoted = false, isTransient = false } = RULES[at]
    const cause = causes.find((cause) => says.test(cause))
    if (cause === undefined) continue
    const quoted = isQuoted ? ` (${shown(cause)})` : ''
    return failure(typeof why === 'function' ? why() : why, quoted, isTransient)
  }
  return failure(absent(causes), '', false)
}

/**
 * Returns a variable that `native.js` could not hide. Bun 1.3 replaces `process.env.NAME` by its
 * value when it reads a file in a worker.
 */
function inlinedVariable() {
  if (isMainThread || !String(own(process.versions, 'bun')).startsWith('1.3.')) return undefined
  const names = ['NAPI_RS_NATIVE_LIBRARY_PATH', 'NAPI_RS_FORCE_WASI', 'NAPI_RS_WASI_FLAVOR']
  return names.find((name) => own(process.env, name))
}

function failure({ cause, advice }, quoted, isTransient) {
  const text = `${cause}${quoted}`
  return { cause: text, advice, text: advice ? `${text}. ${advice}` : text, isTransient }
}

/** Returns each cause of an error as text, the first failure first. */
function causesOf(error) {
  const causes = []
  for (let cause = error; cause && causes.length < MAX_CAUSES; cause = property(cause, 'cause')) {
    const parts = ['name', 'code', 'message'].map((name) => String(property(cause, name) ?? ''))
    append(causes, parts.join(' '))
  }
  return causes.reverse()
}

/** Returns the first line of a cause without its class, shortened. The other lines list modules. */
function shown(cause) {
  const line = cause.split('\n', 1).join('')
  const text = line.replace(/^(\w*Error|ForeignBinary) +/, '')
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function addonsDisabled() {
  const permission = property(process, 'permission')
  if (permission !== undefined && !permission.has('addon')) {
    return { cause: 'the permission model forbids native addons', advice: 'Add --allow-addons' }
  }
  const options = String(own(process.env, 'NODE_OPTIONS') ?? '')
  const variable = options.includes('--no-addons') ? ' in NODE_OPTIONS' : ''
  const where = isMainThread
    ? variable
    : `${variable || ' in an execArgv'}, of this worker or the process`
  return {
    cause: `native addons are disabled by --no-addons${where}`,
    advice: 'Remove it',
  }
}

function foreign() {
  return { cause: 'another binary is in its place', advice: manifest() ? AGAIN : BUNDLED.advice }
}

/** Whether the program is an executable of one file, made by `bun build --compile` or of Node. */
function isOneFile() {
  const sea = property(process, 'getBuiltinModule')?.('node:sea')
  return sea?.isSea() || /\$bunfs|~BUN/.test(property(own(globalThis, 'Bun'), 'main'))
}

/** No candidate exists, or the failure is unknown. */
function absent(causes) {
  const own = manifest()
  if (own === undefined) return isOneFile() ? ONE_FILE : BUNDLED
  const platforms = platformsOf(own)
  const system = `${process.platform}-${process.arch}-`
  if (platforms.length > 0 && !platforms.some((name) => `${name}-`.startsWith(system))) {
    return { cause: `there is none for this platform, only for ${platforms.join(', ')}` }
  }
  // The candidates for WebAssembly are never there.
  const name = /@sim[\\/]hkm-native-((?!wasm)[\w-]+)/
  const wanted = causes.map((cause) => name.exec(cause)?.[1]).find(Boolean)
  if (wanted === undefined) return { cause: shown(causes.at(-1) ?? 'unknown'), advice: AGAIN }
  const installed = installedPlatforms()
  if (installed.includes(wanted)) {
    // One of Bun reads no package.json, and so does not find the file beside it.
    if (isOneFile()) return ONE_FILE
    return {
      cause: `the package ${PACKAGE}-${wanted} is there, but its .node file is not`,
      advice: 'Install it again, or deploy the file too',
    }
  }
  if (installed.length > 0) {
    return {
      cause: `node_modules has the packages for ${installed.join(', ')}, and not for ${wanted}`,
      advice: 'Install on the system that runs it',
    }
  }
  return {
    cause: `the package ${PACKAGE}-${wanted} is not installed`,
    advice:
      'Install with optional dependencies: npm install --include=optional. If package-lock.json is ' +
      'from another platform, remove it and node_modules first (npm issue 4828)',
  }
}

/** Returns the `package.json` of this package, or `undefined` if this file is a part of a bundle. */
function manifest() {
  try {
    const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'))
    return manifest.name === PACKAGE ? manifest : undefined
  } catch {
    return undefined
  }
}

/** Returns the platforms that have a binary, such as `linux-x64-gnu`. */
function platformsOf(manifest) {
  const packages = Object.keys(own(manifest, 'optionalDependencies') ?? {})
  return packages.flatMap((name) => name.split(PLATFORM_PREFIX).slice(1))
}

/** Returns the platforms whose packages are in a `node_modules` that this package can see. */
function installedPlatforms() {
  const platforms = platformFolders().map((folder) => folder.split(PLATFORM_PREFIX).at(-1))
  return [...new Set(platforms)].sort()
}

/** Returns the folders of these packages. */
function platformFolders() {
  return (property(module, 'paths') ?? []).flatMap((folder) => {
    const scope = join(folder, '@sim')
    try {
      const names = readdirSync(scope).filter((name) => name.startsWith(PLATFORM_PREFIX))
      return names.map((name) => join(scope, name))
    } catch {
      // Most of the folders do not exist.
      return []
    }
  })
}

module.exports = { explain, ForeignBinary, platformFolders }
