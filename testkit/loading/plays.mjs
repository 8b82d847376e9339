// What keeps the native binary from being loaded, and what is told for it.

import { chmod, cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { library } from '../addons/libraries.mjs'
import { unshare } from '../namespaces/isolation.mjs'
import { BUNDLES, bundle } from './bundles.mjs'
import { PLATFORM, PLATFORMS } from './installation.mjs'

/**
 * @typedef {object} Play
 * @property {string} name the rest of a sentence
 * @property {RegExp} cause what the warning says after the platform
 * @property {RegExp} [advice] what it says at its end
 * @property {(installation: import('./installation.mjs').Installation) => Promise<string | void>} [arrange] returns what
 *   to require, if it is not the package
 * @property {RegExp} [only] runtimes by name; default: all
 * @property {(installation: object, runtime: { name: string }) => string[]} [flags] of the runtime
 * @property {Record<string, string>} [env]
 * @property {object} [properties] of `process`
 * @property {object} [worker] options of the worker that loads the package
 * @property {string[]} [wrapper] a command that runs the rest of its arguments
 * @property {boolean} [takesProject] whether the command takes the folder of the installation first
 * @property {string} [system] the platform that the warning names; default: this one
 * @property {boolean} [isTransient] whether a later record may load it
 */

const AGAIN = /Install the package again on the system that runs it$/
const EXTERNAL = /Mark @sim\/hkm-native as external: serverExternalPackages .*$/
const DAMAGED = {
  cause: /its file is damaged \(.*\.node: .*\)/,
  advice: /Install the package again$/,
}

const patched =
  (change) =>
  async ({ binary }) =>
    writeFile(binary, change(await readFile(binary)))
/** Replaces text in a binary by text of the same length. */
const replaced = (pattern, text) =>
  patched((bytes) => Buffer.from(bytes.toString('latin1').replaceAll(pattern, text), 'latin1'))
const byteAt = (offset, value) =>
  patched((bytes) => {
    bytes[offset] = value
    return bytes
  })
const copied =
  (name) =>
  async ({ binary }) =>
    cp(await library(name), binary)

const permission = ({ name }) => (name === 'Node 20' ? '--experimental-permission' : '--permission')
const PLATFORM_LIST = new RegExp(
  `there is none for this platform, only for ${PLATFORMS.join(', ')}$`
)

/** Runs the rest without the rights of root, who may read everything. */
const AS_NOBODY =
  process.getuid?.() === 0
    ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
    : []

/** @type {Play[]} */
const FLAGS = [
  {
    name: '--no-addons',
    flags: () => ['--no-addons'],
    cause: /native addons are disabled by --no-addons/,
    advice: /Remove it$/,
  },
  {
    name: '--no-addons in NODE_OPTIONS',
    only: /Node/,
    env: { NODE_OPTIONS: '--no-addons' },
    cause: /native addons are disabled by --no-addons in NODE_OPTIONS/,
    advice: /Remove it$/,
  },
  {
    name: '--no-addons in the execArgv of a worker',
    only: /Node/,
    worker: { execArgv: ['--no-addons'] },
    cause:
      /native addons are disabled by --no-addons in an execArgv, of this worker or the process/,
  },
  {
    name: '--permission without --allow-addons',
    only: /Node/,
    flags: (_, runtime) => [permission(runtime), '--allow-fs-read=*'],
    cause: /the permission model forbids native addons/,
    advice: /Add --allow-addons$/,
  },
  {
    name: '--permission without --allow-fs-read for the package of the platform',
    only: /Node 2[246]/,
    flags: ({ folder }, runtime) => [
      permission(runtime),
      '--allow-addons',
      `--allow-fs-read=${folder}/*`,
      `--allow-fs-read=${fileURLToPath(new URL('../programs/', import.meta.url))}*`,
    ],
    cause: /the permission model forbids reading its files/,
    advice: /Add --allow-fs-read for the folders of @sim\/hkm-native and of its platform package$/,
  },
]

/** @type {Play[]} */
const BUNDLED = Object.entries(BUNDLES).map(([name, options]) => ({
  name: `a bundle ${name}`,
  arrange: (installation) => bundle(installation, options),
  cause:
    /the package was bundled, or copied without its binary|another binary is in its place \(.*\)/,
  advice: EXTERNAL,
}))

const SYSTEMS = [
  ['freebsd', 'x64'],
  ['android', 'arm64'],
  ['win32', 'arm64'],
  ['linux', 'ia32'],
  ['linux', 'riscv64'],
]

/** @type {Play[]} */
const INSTALLED = [
  ...SYSTEMS.map(([platform, arch]) => ({
    name: `a platform without a binary: ${platform}-${arch}`,
    properties: { platform, arch },
    system: `${platform}-${arch}`,
    cause: PLATFORM_LIST,
  })),
  {
    name: 'optional dependencies that were left out',
    arrange: ({ platform }) => rm(platform, { recursive: true }),
    cause: new RegExp(`the package @sim/hkm-native-${PLATFORM} is not installed`),
    advice: /npm install --include=optional\. .*package-lock\.json .*4828\)$/,
  },
  {
    name: 'node_modules of another platform',
    arrange: async ({ folder, platform }) => {
      await rename(platform, `${folder}-darwin-arm64`)
    },
    cause: new RegExp(`node_modules has the packages for darwin-arm64, and not for ${PLATFORM}`),
    advice: /Install on the system that runs it$/,
  },
  {
    name: 'node_modules of another C library',
    arrange: async ({ folder, platform }) => {
      await rename(platform, `${folder}-linux-x64-musl`)
    },
    cause: new RegExp(`node_modules has the packages for linux-x64-musl, and not for ${PLATFORM}`),
    advice: /Install on the system that runs it$/,
  },
  {
    name: 'a .node file that was left out',
    arrange: ({ binary }) => rm(binary),
    cause: new RegExp(
      `the package @sim/hkm-native-${PLATFORM} is there, but its .node file is not`
    ),
    advice: /Install it again, or deploy the file too$/,
  },
  {
    name: 'a binary of another version',
    arrange: ({ platform }) =>
      writeFile(
        `${platform}/package.json`,
        `{ "version": "0.0.9", "main": "hkm-native.${PLATFORM}.node" }`
      ),
    cause:
      /its version differs from that of @sim\/hkm-native \(.* expected \S+ but got 0\.0\.9.*\)/,
    advice: /Install both in the same version$/,
  },
]

/** @type {Play[]} */
const FILES = [
  { name: 'an empty file', arrange: ({ binary }) => truncate(binary, 0), ...DAMAGED },
  { name: 'the beginning of a file', arrange: ({ binary }) => truncate(binary, 40), ...DAMAGED },
  // The dynamic loader would read past its end.
  { name: 'a half of a file', arrange: ({ binary }) => truncate(binary, 2_000_000), ...DAMAGED },
  {
    name: 'a file of text',
    arrange: ({ binary }) =>
      writeFile(binary, 'version https://git-lfs.github.com/spec/v1\n'.repeat(40)),
    ...DAMAGED,
  },
  // ELF: the machine, and whether it has 32 bits.
  {
    name: 'a binary for another processor',
    arrange: byteAt(18, 0xb7),
    cause: new RegExp(`it was built for another processor than ${process.arch} \\(.*\\)`),
    advice: AGAIN,
  },
  {
    name: 'a binary for 32 bits',
    arrange: byteAt(4, 1),
    cause: new RegExp(`it was built for another processor than ${process.arch} \\(.*ELFCLASS32\\)`),
    advice: AGAIN,
  },
  {
    name: 'a C library that is too old',
    arrange: replaced(/GLIBC_2\.(2|3)\d/g, 'GLIBC_2.99'),
    cause: /the system's C library is too old for it \(.*GLIBC_2\.99' not found.*\)/,
    advice: /Use a newer system$/,
  },
  {
    name: 'a binary for another C library',
    arrange: replaced('libc.so.6', 'libc.musl'),
    cause: /it was built for another C library, glibc or musl \(libc\.musl: cannot open.*\)/,
    advice: AGAIN,
  },
  {
    name: 'a shared object that is no addon',
    arrange: copied('no-addon'),
    cause: /another binary is in its place \(.*\)/,
    advice: AGAIN,
  },
  {
    name: 'the addon of another package',
    arrange: copied('other-addon'),
    cause: /another binary is in its place \(it has no function \w+\)/,
    advice: AGAIN,
  },
  {
    name: 'a file that the process may not read',
    arrange: ({ binary }) => chmod(binary, 0),
    wrapper: AS_NOBODY,
    cause: /the process may not read it \(.*Permission denied\)/,
    advice: /Check the owner and the permissions of node_modules$/,
  },
  {
    name: 'a file system that is mounted with noexec',
    wrapper: [
      ...unshare('--mount'),
      ...['sh', '-c', 'mount --bind "$0" "$0"; mount -o remount,bind,noexec "$0"; exec "$@"'],
    ],
    takesProject: true,
    isTransient: true,
    cause:
      /its file system is mounted with noexec, or no memory is left \(.*failed to map segment.*\)/,
    advice: /Install the package on another file system, or give the process more memory$/,
  },
]

export const PLAYS = [...FLAGS, ...BUNDLED, ...INSTALLED, ...FILES]
