// A group of processes that may use little memory: the kernel kills one that uses more.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where groups are made in the first and in the second version of the kernel's interface, and the files that limit them. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/memory',
    limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
  },
  { root: '/sys/fs/cgroup', limits: ['memory.max', 'memory.swap.max'] },
]

/**
 * Makes a group. A process enters it when it writes its id to the file that is returned.
 *
 * @param {import('node:test').TestContext} t which ends the group
 * @param {number} bytes
 * @returns {string | undefined} nothing where this machine lets none be made
 */
export function limitMemory(t, bytes) {
  for (const { root, limits } of VERSIONS) {
    const group = join(root, `hkm-test-${process.pid}`)
    try {
      mkdirSync(group)
    } catch {
      continue
    }
    t.after(() => rmdirSync(group))
    if (!existsSync(join(group, limits[0]))) continue
    try {
      writeFileSync(join(group, limits[0]), String(bytes))
    } catch {
      continue
    }
    // Without it, what is too much would be swapped.
    const [, swap] = limits
    const most = swap.includes('memsw') ? bytes : 0
    if (existsSync(join(group, swap))) writeFileSync(join(group, swap), String(most))
    return join(group, 'cgroup.procs')
  }
  return undefined
}
