/**
 * Makes a program that behaves like the runtime of another platform: `enter.c`, compiled for it.
 *
 * The kernel gives it namespaces of its own: one of users, so that no rights are needed; one of mounts, in which the C library
 * of the platform is in `/usr`; and with them a table of interpreters (`binfmt_misc`, of its own from Linux 6.7 on), by
 * which programs of the platform, and the children that they start, run under qemu.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unpacked } from './debian.mjs'

const SOURCE = fileURLToPath(new URL('./enter.c', import.meta.url))

/** The head of an ELF file for ARM, 64 bits, and the bits of it that count. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00${String.raw`\xff`.repeat(8)}\xfe\xff\xff\xff`

/**
 * @param {string} file where it is written
 * @param {object} contents
 * @param {string} contents.system what is laid over `/usr`
 * @param {string} contents.binary the runtime
 * @param {string} [contents.runner] the program that runs it
 * @param {boolean} [contents.isEmulated]
 */
export function writeWrapper(file, { system, binary, runner, isEmulated }) {
  const definitions = {
    SYSTEM: system,
    PROGRAM: binary,
    ...(runner && { RUNNER: runner }),
    ...(isEmulated && { INTERPRETER: interpreter() }),
  }
  const flags = Object.entries(definitions).map(
    ([name, value]) => `-D${name}=${JSON.stringify(value)}`
  )
  mkdirSync(dirname(file), { recursive: true })
  execFileSync('gcc', ['-static', '-O1', '-Wall', '-Werror', ...flags, '-o', file, SOURCE])
}

function interpreter() {
  const qemu = join(unpacked(['qemu-user:amd64']), 'usr/bin/qemu-aarch64')
  // F: qemu is opened now. P: it passes on the name by which the program was called.
  return `:aarch64:M::${MAGIC}:${MASK}:${qemu}:FP`
}
