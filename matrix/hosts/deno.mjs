// Deno 2, from its npm package. It runs what is in `node_modules`, and asks no registry.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('../fixtures/', import.meta.url)
const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', FOLDER), 'utf8'))
const libc = process.platform === 'linux' ? ['glibc'] : []
const location = `node_modules/@deno/${[process.platform, process.arch, ...libc].join('-')}`
const binary = process.platform === 'win32' ? 'deno.exe' : 'deno'

/** @type {import('../hosts.mjs').Runtime} */
export const deno = {
  name: 'Deno 2',
  version: packages[location]?.version,
  command: fileURLToPath(new URL(`${location}/${binary}`, FOLDER)),
  args: ['run', '--allow-all', '--node-modules-dir=manual', '--cached-only', '--no-remote'],
  env: {
    DENO_DIR: fileURLToPath(new URL('node_modules/.deno-cache', FOLDER)),
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  },
}
