// Loaded before a program: keeps the delay of each timer in the global `delays`.

import timers from 'node:timers'

const { setTimeout } = timers
globalThis.delays = []
timers.setTimeout = (callback, ms, ...all) => {
  globalThis.delays.push(ms)
  return setTimeout(callback, ms, ...all)
}
