// CPU time of this process so far, in nanoseconds.

import { readdirSync, readFileSync } from 'node:fs'

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
    return timeOf(process.pid)
  } catch {
    if (process.threadCpuUsage === undefined) return undefined
    const { user, system } = process.threadCpuUsage()
    return (user + system) * NS_PER_US
  }
}

/** Of the native thread that aggregates and sends; nothing where there is none, or the system does not tell. */
export function flusherTime() {
  try {
    const isFlusher = (thread) =>
      readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === 'hkm-flusher'
    const flusher = readdirSync('/proc/self/task').find(isFlusher)
    return flusher && timeOf(flusher)
  } catch {
    return undefined
  }
}

function timeOf(thread) {
  const text = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8')
  return Number(text.split(' ')[0])
}
