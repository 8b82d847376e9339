'use strict'

// Flushes for which a user or the end of the process waits. A flush waits only if records are
// unsettled, and never longer than its caller allows. It then passes the native warnings on.

const { clearTimeout, setTimeout } = require('node:timers')
const { isMainThread } = require('node:worker_threads')
const { listen } = require('./listen.js')
const { threadState } = require('./thread-state.js')
const { forward, warn } = require('./warnings.js')

// A number of a flush has 32 bits. 0 stands for warnings; see `listen.js`.
const MOST_FLUSH_NUMBER = 2 ** 32 - 1

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

/** Whether a flush has just ended and left records unsettled that had been made before it. */
function hasFailed(binding) {
  const { recorded, unsettled } = progressOf(binding)
  const madeSince = recorded - threadState(binding).lastFlush.recorded
  return hasJustFlushed(binding) && unsettled > madeSince
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

/** As `flush`, at `beforeExit`. If it fails, it has taken the time of the end, and `exit` does not wait. */
async function flushBeforeExit(binding, withinMs) {
  if (isWorthWaiting(binding)) {
    binding.startEnd(false)
    await flush(binding, withinMs)
    binding.endBeforeExit(hasFailed(binding))
  }
  releaseWarnings(binding)
}

/** As `flush`, but repeats a flush that has just ended too, unless the process is about to end. */
async function flushOnDemand(binding, withinMs) {
  if (threadState(binding).isEndNear) return flush(binding, withinMs)
  if (progressOf(binding).unsettled > 0) await send(binding, withinMs)
  forward(binding)
}

async function send(binding, withinMs) {
  threadState(binding).isEndNear = false
  const { recorded } = progressOf(binding)
  await settled(binding, withinMs)
  endFlush(binding, recorded)
}

/**
 * Resolves when the records are settled, or after `withinMs`. The time is kept here, because the
 * native thread may be blocked. The timer keeps the event loop alive.
 */
function settled(binding, withinMs) {
  const state = threadState(binding)
  if (!state.isListening) listen(binding, false)
  state.flushNumber = (state.flushNumber % MOST_FLUSH_NUMBER) + 1
  const number = state.flushNumber
  return new Promise((resolve) => {
    const timer = setTimeout(end, withinMs)
    state.flushes.set(number, end)
    function end() {
      clearTimeout(timer)
      state.flushes.delete(number)
      resolve()
    }
    if (binding.flush(number, withinMs, isMainThread) !== true) end()
  })
}

function endFlush(binding, recorded) {
  threadState(binding).lastFlush = { recorded, at: performance.now() }
}

/**
 * Call this when `beforeExit` is emitted. Holds warnings about delivery back until `exit`, because
 * it is not known earlier whether the records are lost. If the process goes on, `releaseWarnings`
 * releases them.
 */
function nearEnd(binding) {
  threadState(binding).isEndNear = true
  binding.holdDeliveryWarnings(true)
}

/** Releases the warnings after `AGAIN_MS`. The process does not wait for that. */
function releaseWarnings(binding) {
  const timer = setTimeout(() => {
    if (threadState(binding).flushes.size > 0) releaseWarnings(binding)
    else binding.holdDeliveryWarnings(false)
  }, AGAIN_MS)
  // A test may have replaced the timers.
  timer?.unref?.()
}

/**
 * Blocks the thread at the end of the process until the records are sent or its deadline has
 * passed, and passes the last warnings on.
 */
function flushAtExit(binding) {
  if (hasFailed(binding)) binding.endBeforeExit(true)
  const { recorded } = progressOf(binding)
  const warnings = binding.endAtExit() ?? []
  endFlush(binding, recorded)
  warnings.forEach(warn)
}

module.exports = {
  flush,
  flushAtExit,
  flushBeforeExit,
  flushOnDemand,
  hasJustFlushed,
  nearEnd,
  releaseWarnings,
}
