'use strict'

// Flushes that somebody waits for: users, and the end of the process.

const { forward } = require('./warnings.js')

// Sooner than this after a flush that was in vain, another one for the same records would be in vain too. It would
// also never let a process end that flushes in `beforeExit`, which comes again after whatever a listener waited for.
const AGAIN_MS = 1_000

// How many records there were when the last flush began, and when it ended.
let last = { recorded: -1, at: Number.NEGATIVE_INFINITY }

// Whether `beforeExit` came since a flush began.
let isEndNear = false

/** Whether a flush has ended a moment ago. */
function hasJustFlushed() {
  return performance.now() - last.at < AGAIN_MS
}

/** How many records there are, and how many of them wait; none where the native side does not answer. */
function progressOf(binding) {
  const stats = binding.stats()
  if (!stats) return { recorded: 0, unsettled: 0 }
  return { recorded: stats.recorded, unsettled: stats.buffered + stats.inFlight }
}

/** Whether something waits to be sent that was not waited for in vain a moment ago. */
function isWorthWaiting(binding) {
  const { recorded, unsettled } = progressOf(binding)
  return unsettled > 0 && !(recorded === last.recorded && hasJustFlushed())
}

/** Does not turn to the event loop when there is nothing to wait for. */
async function flush(binding, withinMs) {
  if (isWorthWaiting(binding)) await send(binding, withinMs)
  forward(binding)
}

/** As `flush`, for a user: tries whatever came of the last one, unless the process is about to end. */
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

/** `beforeExit` was emitted. */
function nearEnd() {
  isEndNear = true
}

/** As `flush`, holding up the thread. */
function flushBlocking(binding, withinMs) {
  if (withinMs > 0 && isWorthWaiting(binding)) {
    const { recorded } = progressOf(binding)
    binding.flushBlocking(withinMs)
    last = { recorded, at: performance.now() }
  }
  forward(binding)
}

/** Makes the next flush not worth waiting for, unless something is recorded. */
function giveUp(binding) {
  last = { recorded: progressOf(binding).recorded, at: performance.now() }
}

module.exports = { flush, flushBlocking, flushOnDemand, giveUp, hasJustFlushed, nearEnd }
