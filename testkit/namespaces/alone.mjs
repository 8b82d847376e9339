// Runs a program in network and mount namespaces of its own. The only network is `lo`, so that every port is free and
// the host names of AWS can resolve to 127.0.0.1. Files of the system can be replaced. Linux, with util-linux and
// iproute2.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LONGEST_MS } from '../harness.mjs'
import { unshare } from './isolation.mjs'

const PROGRAMS = new URL('../programs/', import.meta.url)

/** Throws when the process has another network. */
const ONLY_LOOPBACK = new URL('only-loopback.mjs', PROGRAMS).href

const SCRIPT = `
  set -e
  ip link set lo up
  while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
  shift
  exec "$@"`

/**
 * @param {string} program of `programs/`; it sends one message
 * @param {object} options
 * @param {Record<string, string>} options.env all variables but PATH
 * @param {string[]} [options.args]
 * @param {Record<string, string>} [options.files] contents by path, in place of the system's files
 * @param {string[]} [options.empty] folders of the system that the program sees empty
 * @param {Record<string, string>} [options.folders] other folders by the path of the one that they replace
 * @param {string[]} [options.wrapper] a command that runs the program
 * @param {number} [options.longestMs] after which it is killed
 */
export async function runAlone(program, options) {
  const { env, args = [], files = {}, empty = [], folders = {}, wrapper = [] } = options
  const { longestMs = LONGEST_MS } = options
  const folder = mkdtempSync(join(tmpdir(), 'hkm-alone-'))
  try {
    const mounts = empty.flatMap((path) => [mkdtempSync(join(folder, 'empty-')), path])
    for (const [index, [path, contents]] of Object.entries(files).entries()) {
      const source = join(folder, String(index))
      writeFileSync(source, contents)
      mounts.push(source, path)
    }
    mounts.push(...Object.entries(folders).flatMap(([path, source]) => [source, path]))
    const file = fileURLToPath(new URL(program, PROGRAMS))
    const node = [process.execPath, '--import', ONLY_LOOPBACK, file, ...args]
    const isolated = unshare('--net', '--mount')
    const [command, ...rest] = [
      ...isolated,
      'sh',
      '-c',
      SCRIPT,
      'sh',
      ...mounts,
      '--',
      ...wrapper,
      ...node,
    ]
    const child = spawn(command, rest, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      timeout: longestMs,
      killSignal: 'SIGKILL',
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    let told
    child.on('message', (message) => {
      told = message
    })
    const [code, signal] = await once(child, 'close')
    if (told === undefined) throw new Error(`ended without a word: ${code} ${signal} ${stderr}`)
    return { ...told, code, signal, stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
