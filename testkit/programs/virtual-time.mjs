// Loaded before a program: the timers of the package and `Date` take their time from the global `time`, whose
// `pass(ms)` calls the timers that are due, each `time.lateMs()` late. After `time.end()`, new timers are real.

import timers from 'node:timers'

const { setImmediate } = globalThis
const { clearTimeout, setTimeout } = timers
const START_MS = 1_800_000_000_000
const waiting = new Map()
let count = 0

globalThis.time = {
  now: START_MS,
  lateMs: () => 0,
  isOver: false,
  end() {
    this.isOver = true
  },
  async pass(ms) {
    const end = this.now + ms
    for (;;) {
      // Promises settle, and first calls are made.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      const next = Array.from(waiting).reduce(
        (first, one) => (first === undefined || one[1].at < first[1].at ? one : first),
        undefined
      )
      if (next === undefined || next[1].at > end) break
      waiting.delete(next[0])
      this.now = Math.max(this.now, next[1].at)
      next[1].call()
    }
    this.now = Math.max(this.now, end)
  },
}
const { time } = globalThis
Date.now = () => time.now
timers.setTimeout = (call, ms, ...all) => {
  if (time.isOver) return setTimeout(call, ms, ...all)
  count++
  waiting.set(count, { at: time.now + ms + time.lateMs(), call })
  return count
}
timers.clearTimeout = (timer) => {
  if (!waiting.delete(timer)) clearTimeout(timer)
}
