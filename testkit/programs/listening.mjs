// Signal listeners of the programs that end in some way, and a timer that keeps those programs alive.

import { setTimeout as sleep } from 'node:timers/promises'
import { flushHostedKeyMetrics } from '../../index.js'
import { say } from './recording.mjs'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']

/** Keeps the process alive until a signal or a listener ends it. */
export function stay() {
  setInterval(() => {}, 60_000)
}

/** Sends the process a signal that has no listener any more. The statement after that must not run. */
export function sendAgain(signal) {
  process.kill(process.pid, signal)
  say('is still there')
}

/** By name, what a once listener does. */
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
  // Next.js ends in this way.
  async next() {
    await sleep(20)
    process.exit(143)
  },
  resending: (_record, signal) => sendAgain(signal),
}

/** By name, functions that add other listeners, which stay or remove themselves. */
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
