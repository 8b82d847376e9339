// What the parent does to end a process: it sends signals, each at a certain moment.

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds until a second signal that ends the process at once. The package needs more than half a second. */
const LATER_REQUEST_MS = 600

/** Milliseconds until a second signal that counts as the same request. */
const REPEATED_MS = 20

/** The maximum of a random delay of a signal. */
const MAX_DELAY_MS = 20

/** Sends a signal once the child is ready. */
export const send = (signal) => async (child) => {
  await child.message()
  child.kill(signal)
}

/** Sends a signal at a random moment after the child is ready. */
export const sendAtRandom = (signal) => async (child) => {
  await child.message()
  await sleep(Math.random() * MAX_DELAY_MS)
  child.kill(signal)
}

/** Sends a signal at a random moment after a child that cannot send messages has written of records. */
export const sendWhenBusy = (signal) => async (child) => {
  await child.until(({ stdout }) => stdout.includes('\n'))
  await sleep(Math.random() * MAX_DELAY_MS)
  child.kill(signal)
}

/** Milliseconds after which the native handler has replaced a removed listener. It takes 100, or more on a busy machine. */
const HANDLED_AGAIN_MS = 1_000

/** Sends a signal long after the child has removed a listener for it. */
export const sendLongAfter = (signal) => async (child) => {
  await child.message()
  await sleep(HANDLED_AGAIN_MS)
  child.kill(signal)
}

/** Sends a signal after the child has written a text to stdout. */
export const sendWhenWritten = (signal, text) => async (child) => {
  await child.until(({ stdout }) => stdout.includes(text))
  child.kill(signal)
}

/**
 * Sends a second signal while the flush of the first one waits, within half a second. If the first one still waited for a
 * processor, the system would call the handler of the second one first.
 */
export const sendBoth = (signal, second) => async (child) => {
  await child.message()
  child.kill(signal)
  while (isPending(child.pid, signal)) await sleep(1)
  await sleep(REPEATED_MS)
  child.kill(second)
}

/** Sends a second signal while the flush of the first one waits, after half a second. */
export const sendTwice =
  (signal, second = signal) =>
  async (child) => {
    await child.message()
    child.kill(signal)
    await child.cloudwatch.until(() => child.cloudwatch.requests.length === 1)
    await sleep(LATER_REQUEST_MS)
    child.kill(second)
  }

/** Sends a signal during a flush that the child has begun by itself. */
export const sendDuringFlush =
  (signal) =>
  async ({ cloudwatch, kill }) => {
    await cloudwatch.until(() => cloudwatch.requests.length === 1)
    kill(signal)
  }

/** Sends a second signal if the first one has not ended the child. */
export const sendUnlessEnded = (signal, second) => async (child) => {
  await child.message()
  child.kill(signal)
  child.say('still there?')
  await child.message()
  child.kill(second)
}

/** Returns whether a signal to a process waits for one of its threads. Only Linux tells, and of no process that has ended. */
function isPending(pid, signal) {
  const [, pending = '0'] = /^ShdPnd:\s*(\w+)$/m.exec(statusOf(pid)) ?? []
  return (BigInt(`0x${pending}`) & (1n << BigInt(constants.signals[signal] - 1))) !== 0n
}

function statusOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
