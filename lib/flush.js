'use strict'

// Flushes that a user or the end of the process waits for. A flush waits only if records are
// unsettled, and never longer than its caller allows. It then passes the native warnings on.

const { forward } = require('./warnings.js')

// Milliseconds after a flush in which the same records are not flushed again. A flush that left
// them unsettled would most likely fail again. `beforeExit` is emitted again after each wait of a
// listener, so a listener that always waits for a flush would keep the process alive.
const AGAIN_MS = 1_000

// The number of records when the last flush began, and the time when it ended.
let last = { recorded: -1, at: Number.NEGATIVE_INFINITY }

// Whether `beforeExit` was emitted after the last call of `send`.
let isEndNear = false

/** Whether a flush ended less than `AGAIN_MS` ago. */
function hasJustFlushed() {
  return performance.now() - last.at < AGAIN_MS
}

/** The numbers of records and of unsettled ones; zeros if the native side does not answer. */
function progressOf(binding) {
  const stats = binding.stats()
  if (!stats) return { recorded: 0, unsettled: 0 }
  return { recorded: stats.recorded, unsettled: stats.buffered + stats.inFlight }
}

/** Whether records are unsettled, unless a flush of the same records has just ended. */
function isWorthWaiting(binding) {
  const { recorded, unsettled } = progressOf(binding)
  return unsettled > 0 && !(recorded === last.recorded && hasJustFlushed())
}

/** Sends the records. Does not yield to the event loop if there is nothing to wait for. */
async function flush(binding, withinMs) {
  if (isWorthWaiting(binding)) await send(binding, withinMs)
  forward(binding)
}

/** As `flush`, but also repeats a flush that has just ended, unless the process is about to end. */
async function flushOnDemand(binding, withinMs) {
  if (isEndNear) return flush(binding, withinMs)
  if (progressOf(binding).unsettled > 0) await send(binding, withinMs)
  forward(binding)
}

async function send(binding, withinMs) {
  isEndNear = false
  const { recorded } = progressOf(binding)
  await binding.flush(withinMs)
  last = { recorded, at: performance.now() }
}

/** Call this when `beforeExit` is emitted. */
function nearEnd() {
  isEndNear = true
}

/** As `flush`, but blocks the thread. */
function flushBlocking(binding, withinMs) {
  if (withinMs > 0 && isWorthWaiting(binding)) {
    const { recorded } = progressOf(binding)
    binding.flushBlocking(withinMs)
    last = { recorded, at: performance.now() }
  }
  forward(binding)
}

/** Lets flushes skip the records that exist now, for `AGAIN_MS` or until something is recorded. */
function giveUp(binding) {
  last = { recorded: progressOf(binding).recorded, at: performance.now() }
}

module.exports = { flush, flushBlocking, flushOnDemand, giveUp, hasJustFlushed, nearEnd }
