'use strict'

// Flushes that a user or the end of the process waits for. A flush waits only if records are
// unsettled, and never longer than its caller allows. It then passes the native warnings on.

const { threadState } = require('./thread-state.js')
const { forward } = require('./warnings.js')

// Milliseconds after a flush in which the same records are not flushed again. A flush that left
// them unsettled would most likely fail again. `beforeExit` is emitted again after each wait of a
// listener, so a listener that always waits for a flush would keep the process alive.
const AGAIN_MS = 1_000

/** Whether a flush ended less than `AGAIN_MS` ago. */
function hasJustFlushed(binding) {
  return performance.now() - threadState(binding).lastFlush.at < AGAIN_MS
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
  const isKnown = recorded === threadState(binding).lastFlush.recorded
  return unsettled > 0 && !(isKnown && hasJustFlushed(binding))
}

/** Sends the records. Does not yield to the event loop if there is nothing to wait for. */
async function flush(binding, withinMs) {
  if (isWorthWaiting(binding)) await send(binding, withinMs)
  forward(binding)
}

/** As `flush`, but also repeats a flush that has just ended, unless the process is about to end. */
async function flushOnDemand(binding, withinMs) {
  if (threadState(binding).isEndNear) return flush(binding, withinMs)
  if (progressOf(binding).unsettled > 0) await send(binding, withinMs)
  forward(binding)
}

async function send(binding, withinMs) {
  threadState(binding).isEndNear = false
  const { recorded } = progressOf(binding)
  await binding.flush(withinMs)
  endFlush(binding, recorded)
}

function endFlush(binding, recorded) {
  threadState(binding).lastFlush = { recorded, at: performance.now() }
}

/** Call this when `beforeExit` is emitted. */
function nearEnd(binding) {
  threadState(binding).isEndNear = true
}

/** As `flush`, but blocks the thread. */
function flushBlocking(binding, withinMs) {
  if (withinMs > 0 && isWorthWaiting(binding)) {
    const { recorded } = progressOf(binding)
    binding.flushBlocking(withinMs)
    endFlush(binding, recorded)
  }
  forward(binding)
}

/** Lets flushes skip the records that exist now, for `AGAIN_MS` or until something is recorded. */
function giveUp(binding) {
  endFlush(binding, progressOf(binding).recorded)
}

/** Starts to send the records, and does not wait. */
function startFlush(binding) {
  if (isWorthWaiting(binding)) binding.flushBlocking(0)
}

module.exports = {
  flush,
  flushBlocking,
  flushOnDemand,
  giveUp,
  hasJustFlushed,
  nearEnd,
  startFlush,
}
