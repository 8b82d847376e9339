'use strict'

// Flushes for which a user or the end of the process waits. A flush waits only if records are
// unsettled, and never longer than its caller allows. It then passes the native warnings on.

const { clearTimeout, setTimeout } = require('node:timers')
const { isMainThread } = require('node:worker_threads')
const { listen } = require('./listen.js')
const { settlesWith } = require('./properties.js')
const { threadState } = require('./thread-state.js')
const { forward, warn, warnLimited } = require('./warnings.js')

// A number of a flush has 31 bits. 0 stands for warnings; see `listen.js`.
const MOST_FLUSH_NUMBER = 2 ** 31 - 1

// Milliseconds after a flush in which the same records are not flushed again. A flush that left
// them unsettled would most likely fail again. `beforeExit` is emitted again after each wait of a
// listener, so a listener that always waits for a flush would keep the process alive.
const AGAIN_MS = 1_000

// The maximum number of flushes on demand that a thread runs at once. Further calls share one.
const MOST_RUNNING = 8

/** Whether a flush ended less than `AGAIN_MS` ago. */
function hasJustFlushed(binding) {
  return performance.now() - threadState(binding).lastFlush.at < AGAIN_MS
}

/**
 * Returns the numbers of records, with those that were adopted, of those that wait, of all that is
 * unsettled, roll-ups included, and of all that was dropped while it waited.
 */
function progressOf(binding) {
  const stats = binding.stats()
  if (!stats) return { recorded: 0, waiting: 0, unsettled: 0, dropped: 0 }
  const { buffered, inFlight, rollups } = stats
  const { bufferFull, tooOld, rejected } = stats.dropped
  const recorded = stats.recorded + (stats.spool?.adopted ?? 0)
  const waiting = buffered + inFlight
  const unsettled = waiting + rollups.buffered + rollups.inFlight
  return { recorded, waiting, unsettled, dropped: bufferFull + tooOld + rejected + rollups.dropped }
}

/** Whether a flush has just ended and left records unsettled that had been made before it. */
function hasFailed(binding) {
  const { recorded, waiting, unsettled } = progressOf(binding)
  const madeSince = recorded - threadState(binding).lastFlush.recorded
  return hasJustFlushed(binding) && (waiting > madeSince || (madeSince === 0 && unsettled > 0))
}

/** Whether records are unsettled, unless a flush of the same records has just ended. */
function isWorthWaiting(binding) {
  const { recorded, unsettled } = progressOf(binding)
  const isKnown = recorded === threadState(binding).lastFlush.recorded
  return unsettled > 0 && !(isKnown && hasJustFlushed(binding))
}

/**
 * Sends the records. Does not yield to the event loop if there is nothing to wait for. Returns
 * whether all of them are settled, as far as that is known.
 */
async function flush(binding, withinMs) {
  const isSettled = isWorthWaiting(binding) && (await send(binding, withinMs))
  forward(binding)
  return isSettled
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

/**
 * As `flush`, but repeats a flush that has just ended too, unless the process is about to end.
 *
 * Calls share flushes: those of one turn of the event loop after the first one, and all calls while
 * `MOST_RUNNING` run. They share the next flush, which begins after their records were made.
 *
 * @returns {Promise<{ delivered: boolean, remaining: number }>} see `index.d.ts`
 */
function flushOnDemand(binding, withinMs) {
  const { onDemand } = threadState(binding)
  let group = onDemand.get(withinMs)
  if (group === undefined) {
    group = { running: 0, hasBegun: false, next: undefined }
    onDemand.set(withinMs, group)
  }
  if (group.next !== undefined) return group.next.promise
  if (!isBusy(group)) return begin(binding, group, withinMs, withinMs)
  const next = { deadline: performance.now() + withinMs }
  next.promise = new Promise((resolve) => {
    next.begin = (remainingMs) => resolve(begin(binding, group, withinMs, remainingMs))
  })
  group.next = next
  return next.promise
}

function isBusy({ hasBegun, running }) {
  return hasBegun || running >= MOST_RUNNING
}

/** Begins a flush of a group of calls, whose timeout is `key`. */
function begin(binding, group, key, withinMs) {
  group.running++
  group.hasBegun = true
  endOfTurn().then(() => {
    group.hasBegun = false
    beginNext(group)
  })
  const delivered = deliver(binding, withinMs)
  delivered.then(() => {
    group.running--
    beginNext(group)
    if (group.running === 0) threadState(binding).onDemand.delete(key)
  })
  return delivered
}

function beginNext(group) {
  const { next } = group
  if (next === undefined || isBusy(group)) return
  group.next = undefined
  next.begin(Math.max(0, next.deadline - performance.now()))
}

/** Resolves when the code that runs now has ended. */
async function endOfTurn() {}

async function deliver(binding, withinMs) {
  try {
    const before = progressOf(binding)
    const isSettled = threadState(binding).isEndNear
      ? await flush(binding, withinMs)
      : before.unsettled === 0 || (await send(binding, withinMs))
    forward(binding)
    const { waiting, unsettled, dropped } = progressOf(binding)
    // Records may have been made since.
    const remaining = isSettled ? 0 : Math.min(waiting, before.waiting)
    const isAll = isSettled || Math.min(unsettled, before.unsettled) === 0
    return result(isAll && dropped === before.dropped, remaining)
  } catch (error) {
    warnLimited('flush', `Metrics could not be flushed: ${error}`)
    return result(false, 0)
  }
}

/** Makes the result of a flush. */
function result(delivered, remaining) {
  return settlesWith({ delivered, remaining })
}

/** Sends the records. Returns whether all of them are settled. */
async function send(binding, withinMs) {
  threadState(binding).isEndNear = false
  const { recorded } = progressOf(binding)
  const isSettled = await settled(binding, withinMs)
  // A flush that took less time than the end of the process may take does not replace the last one.
  if (withinMs >= threadState(binding).endTimeoutMs) endFlush(binding, recorded)
  return isSettled
}

/**
 * Resolves to true when the records are settled, or to false after `withinMs`. The time is kept here,
 * because the native thread may be blocked. The timer keeps the event loop alive.
 */
function settled(binding, withinMs) {
  const state = threadState(binding)
  if (!state.isListening) listen(binding, false)
  state.flushNumber = (state.flushNumber % MOST_FLUSH_NUMBER) + 1
  const number = state.flushNumber
  return new Promise((resolve) => {
    const timer = setTimeout(end, withinMs, false)
    state.flushes.set(number, end)
    function end(isSettled) {
      clearTimeout(timer)
      state.flushes.delete(number)
      resolve(isSettled)
    }
    if (binding.flush(number, withinMs, isMainThread) !== true) end(false)
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
  progressOf,
  releaseWarnings,
  result,
}
