// Signal listeners of the programs that end in some way, and what keeps those alive.

import { setTimeout as sleep } from 'node:timers/promises'
import { flushHostedKeyMetrics } from '../../index.js'
import { say } from './recording.mjs'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']

/** Keeps the process alive until a signal or a listener ends it. */
export function stay() {
  setInterval(() => {}, 60_000)
}

/** The process sends itself a signal that has no listener any more. What follows must not run. */
export function sendAgain(signal) {
  process.kill(process.pid, signal)
  say('is still there')
}

/** By name: what a listener does. It may record. */
const once = {
  fast: () => process.exit(7),
  async slow() {
    await sleep(200)
    process.exit(7)
  },
  async recording(record) {
    record()
    await sleep(200)
    record()
    process.exit(7)
  },
  async flushing(record) {
    record()
    await flushHostedKeyMetrics()
    process.exit(7)
  },
  // As Next.js ends.
  async next() {
    await sleep(20)
    process.exit(143)
  },
  resending: (_record, signal) => sendAgain(signal),
}

/** By name: how listeners are added that do something about themselves. */
const others = {
  deaf: (signal) => process.on(signal, () => process.send('still here')),
  gone(signal) {
    const listener = () => {}
    process.on(signal, listener)
    process.removeListener(signal, listener)
  },
  'self-removing'(signal) {
    process.on(signal, function self() {
      process.removeListener(signal, self)
      sendAgain(signal)
    })
  },
}

/**
 * Adds a listener for each of the signals.
 *
 * @param {string} name
 * @param {() => void} [record]
 */
export function listen(name, record) {
  for (const signal of SIGNALS) {
    if (once[name]) process.once(signal, () => once[name](record, signal))
    else others[name](signal)
  }
}
