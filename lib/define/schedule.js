'use strict'

// Calls a function once in each window: the minute, or the second, of a record. No timer keeps a process alive.
//
//     first call            next window                 the window after it
//     |-----------^---------|---phase-->^---------------|---phase-->^-----------
//
// Each window is counted from the clock, so that a call that comes late, or takes long, moves no later call.
// Functions have different phases, so that the calls of many do not come together.
//
// A call may record, and the first record seals the configuration and reads the environment. A program that
// observes a gauge while it is loaded may not have configured metrics yet. The first call therefore waits for
// another record of this thread, but not for long, because there may be none.

const { date } = require('../clock.js')
const { part } = require('../registry.js')

const { clearTimeout, setTimeout } = timers()

/** The maximum number of milliseconds for which a first call waits for another record. */
const MAX_WAIT_MS = 5_000

/** The number of first calls that are made at once, so that those of thousands do not hold up everything else. */
const MOST_AT_ONCE = 16

/**
 * The least and the greatest phase, as parts of a window. A timer can be late, and the clock may be set by a
 * little: the call must not come in another window.
 */
const LEAST_PHASE = 0.1
const GREATEST_PHASE = 0.8

/** Multiples of it, without their whole part, are spread evenly, however many there are. */
const GOLDEN_RATIO = 0.618_033_988_749_894_9

/** The first calls that wait for another record, those that are due, and the number of phases that are given. */
const state = part('schedule', () => ({ waiting: new Set(), due: new Set(), phases: 0 }))
const { waiting, due } = state

/**
 * Calls a function soon, and then once in each window. Returns a function that ends this.
 *
 * @param {() => void} call
 * @param {() => number} windowMs returns the length of a window. The first record may set it.
 * @param {boolean} isOn whether metrics are on
 */
function eachWindow(call, windowMs, isOn) {
  const phase = nextPhase()
  let isOver = false
  let timer = isOn ? undefined : later(beDue, MAX_WAIT_MS)
  if (isOn) beDue()
  else waiting.add(beDue)

  function beDue() {
    waiting.delete(beDue)
    addDue(run)
  }

  function run() {
    clearTimeout(timer)
    const began = date()
    try {
      call()
    } finally {
      if (!isOver) timer = later(run, delayAfter(began, windowMs(), phase))
    }
  }

  return function end() {
    isOver = true
    clearTimeout(timer)
    waiting.delete(beDue)
    due.delete(run)
  }
}

/** Returns the milliseconds until the call in the window after the one in which a call began. */
function delayAfter(began, window, phase) {
  const next = (Math.floor(began / window) + 1) * window
  const delay = next + Math.floor(window * phase) - date()
  // Unless the clock is set, no delay is longer than two windows.
  return Number.isNaN(delay) ? window : Math.min(Math.max(delay, 0), 2 * window)
}

function nextPhase() {
  // Processes that start together have different phases too.
  if (state.phases === 0) state.phases = date() % 1_000_000 || 1
  const place = (state.phases++ * GOLDEN_RATIO) % 1
  return LEAST_PHASE + (GREATEST_PHASE - LEAST_PHASE) * place
}

/** Makes the first calls that wait. Call this when metrics are turned on in this thread. */
function metricsAreOn() {
  waiting.forEach((beDue) => {
    beDue()
  })
}

function addDue(run) {
  due.add(run)
  if (due.size === 1) later(runSome, 0)
}

/** Runs some of the first calls that are due. A timer wakes a process that is idle, which an immediate does not. */
function runSome() {
  const next = due.values()
  try {
    for (let at = 0; at < MOST_AT_ONCE && due.size > 0; at++) {
      const { value: run } = next.next()
      due.delete(run)
      run()
    }
  } finally {
    if (due.size > 0) later(runSome, 0)
  }
}

function later(call, ms) {
  const timer = setTimeout(call, ms)
  // A test may have replaced the timers.
  timer?.unref?.()
  return timer
}

/** Returns the functions that a test does not replace. In a bundle of ES modules there may be no `require`. */
function timers() {
  try {
    return require('node:timers')
  } catch {
    return globalThis
  }
}

module.exports = { eachWindow, metricsAreOn }
