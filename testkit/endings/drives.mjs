// What the parent does while a process is to end.

import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two signals of which the second one ends the process at once: it is more than half a second. */
const UNTIL_IT_ENDS_AT_ONCE = 600

/** Milliseconds between two signals that are one request. */
const UNTIL_REPEATED = 20

/** Milliseconds within which a signal comes at a random moment. */
const RANDOM_MS = 20

/** Sends a signal once the child is ready. */
export const send = (signal) => async (child) => {
  await child.message()
  child.kill(signal)
}

/** The same at a random moment thereafter. */
export const sendAtRandom = (signal) => async (child) => {
  await child.message()
  await sleep(Math.random() * RANDOM_MS)
  child.kill(signal)
}

/** The same after the child has told of records; it cannot send messages. */
export const sendWhenBusy = (signal) => async (child) => {
  await child.until(({ stdout }) => stdout.includes('\n'))
  await sleep(Math.random() * RANDOM_MS)
  child.kill(signal)
}

/** Milliseconds until the native handler is back after a listener was removed: it is within a tenth of a second. */
const UNTIL_HANDLED_AGAIN = 400

/** Sends a signal some time after the child has removed a listener for it. */
export const sendLongAfter = (signal) => async (child) => {
  await child.message()
  await sleep(UNTIL_HANDLED_AGAIN)
  child.kill(signal)
}

/** Sends a signal after the child has written something to stdout. */
export const sendWhenWritten = (signal, text) => async (child) => {
  await child.until(({ stdout }) => stdout.includes(text))
  child.kill(signal)
}

/** Sends a second signal while the flush of the first one waits, within half a second. */
export const sendBoth = (signal, second) => async (child) => {
  await child.message()
  child.kill(signal)
  await sleep(UNTIL_REPEATED)
  child.kill(second)
}

/** Sends a second signal while the flush of the first one waits, after half a second. */
export const sendTwice =
  (signal, second = signal) =>
  async (child) => {
    await child.message()
    child.kill(signal)
    await child.cloudwatch.until(() => child.cloudwatch.requests.length === 1)
    await sleep(UNTIL_IT_ENDS_AT_ONCE)
    child.kill(second)
  }

/** Sends a signal while a flush waits that the child has begun by itself. */
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
