// Namespaces for what has a fixed address or a fixed file. The network namespace has loopback alone, with the addresses
// of the credential services added. In the mount namespace the machine is of the vendor that a test names. Nothing that
// runs there can reach another machine. Linux only. Without root it needs user namespaces.

import { spawn } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The fixed addresses of the SDKs. */
export const ADDRESSES = {
  ecs: '169.254.170.2',
  eks: '169.254.170.23',
  instance: '169.254.169.254',
}

/**
 * The command that runs the rest of a command line in new namespaces. A user namespace stands in for root.
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

/** Whether loopback is the only network of this process. */
export function isIsolated() {
  const names = Object.keys(networkInterfaces())
  return names.length === 1 && names[0] === 'lo'
}

/**
 * Runs a module in a new namespace and returns the JSON that it prints.
 *
 * @param {URL} module
 * @param {object} options
 * @param {unknown} options.input its only argument, as JSON
 * @param {string} [options.vendor] of the machine, as in DMI; default: none
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
