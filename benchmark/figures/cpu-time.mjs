// CPU time of this process so far, in nanoseconds.

import { readFileSync } from 'node:fs'

const NS_PER_US = 1_000

/** Of all threads. */
export function processTime() {
  const { user, system } = process.cpuUsage()
  return (user + system) * NS_PER_US
}

/**
 * Of the thread that runs the event loop; nothing where the system does not tell. On Linux the main thread has the
 * number of the process.
 */
export function mainThreadTime() {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
    return Number(text.split(' ')[0])
  } catch {
    if (process.threadCpuUsage === undefined) return undefined
    const { user, system } = process.threadCpuUsage()
    return (user + system) * NS_PER_US
  }
}
