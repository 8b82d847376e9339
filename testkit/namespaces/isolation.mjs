// A place to test what has a fixed address or a fixed file: a network namespace with nothing but loopback, to
// which the addresses of the credentials services are added, and a mount namespace in which the machine is of
// a vendor's. Nothing that runs in it can reach anything outside of it. Linux alone; without being root it needs
// user namespaces.

import { spawn } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The addresses that SDKs know by heart. */
export const ADDRESSES = {
  ecs: '169.254.170.2',
  eks: '169.254.170.23',
  instance: '169.254.169.254',
}

/**
 * A command that runs what follows in namespaces of its own. Without root, a user namespace makes one.
 *
 * @param {...string} options of `unshare`: which namespaces
 */
export function unshare(...options) {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return ['unshare', ...user, ...options]
}

const PREPARE = `
  set -e
  ip link set lo up
  for address in ${Object.values(ADDRESSES).join(' ')}; do ip addr add "$address/32" dev lo; done
  mount -t tmpfs none /sys/class
  mkdir -p /sys/class/dmi/id
  printf '%s\\n' "$VENDOR" > /sys/class/dmi/id/sys_vendor
  exec "$@"`

/** Whether this process has no way out but loopback. */
export function isIsolated() {
  const names = Object.keys(networkInterfaces())
  return names.length === 1 && names[0] === 'lo'
}

/**
 * Runs a module in a namespace of its own, and gives what it prints, as JSON.
 *
 * @param {URL} module
 * @param {object} options
 * @param {unknown} options.input its only argument, as JSON
 * @param {string} [options.vendor] of the machine, as DMI has it; default: nobody
 */
export async function runIsolated(module, { input, vendor = '' }) {
  const node = [process.execPath, fileURLToPath(module), JSON.stringify(input)]
  const isolated = unshare('--net', '--mount', '--kill-child')
  const [command, ...rest] = [...isolated, 'sh', '-c', PREPARE, 'sh', ...node]
  const child = spawn(command, rest, {
    env: { ...process.env, VENDOR: vendor },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text
    })
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`a namespace ended with ${code}: ${output.stderr}`)
  return JSON.parse(output.stdout)
}
