'use strict'

// Labels -> series id -> ring, in one thread. Nothing reads the environment, starts a thread or
// opens a ring before the first record; see `start.js`.
//
// A record of a series in memory costs one look-up (see `series.js`) and one store into shared
// memory. A record of another series costs a native call.

const { lazy, status } = require('./first-use.js')
const { isLong, text, wellFormed } = require('./label.js')
const { Overflow } = require('./overflow.js')
const { own } = require('./properties.js')
const { part } = require('./registry.js')
const { join, Series } = require('./series.js')
const { warnLimited } = require('./warnings.js')

// Bit of a resolved id that any number of labels can have; see `src/binding.rs`.
const SHARED = 2 ** 31
const MOST_ID = 2 ** 32 - 1

// Bits of an id in the ring that count the record as sanitized, and as folded into an overflow series;
// see `core/src/series.rs`.
const SANITIZED = 2 ** 29
const OVERFLOWED = 2 ** 28

// A worker that is being terminated continues for a moment. Its native calls then return
// `undefined` without an error, so each answer is checked before it is used.
const UNRESOLVED = new Error('the native side did not answer')

const starting = lazy(() => require('./start.js'))

/**
 * Where series get their ids, and refused records are counted: the native side or a capture, which
 * alone uses the labels as they were given and the parts of a refused record. `define` returns the id
 * of a metric, or `null` if there are too many. A side that `tellsApart` labels of the same text gets them
 * with each record.
 *
 * @typedef {object} Side
 * @property {(metric: object) => number | null} define
 * @property {(metric: number, texts: (string | undefined)[], labels: unknown[]) => number} resolve
 * @property {(reason: string, metric: object, value: unknown, labels: unknown) => true} refuse
 * @property {(metric: number) => number[] | null} [filter] see `overflow.js`
 * @property {boolean} [tellsApart]
 */

/**
 * The metrics of this thread, where their records go, `drop`, which ignores records while metrics are not
 * on, and `whenOn`, which is called when they are turned on.
 *
 * @type {{
 *   side: Side,
 *   ring: { write: (id: number, value: number) => void, lose: () => void },
 *   drop: () => void,
 *   metrics: Set<object>,
 *   whenOn: () => void,
 * }}
 */
const state = part('recorder', () => {
  const drop = () => {}
  const ring = { write: drop, lose: drop }
  return { side: undefined, ring, drop, metrics: new Set(), whenOn: drop }
})
const { drop, metrics, ring } = state

/** Makes a metric for `find`. @param {import('./define/definition.js').Metric} definition */
function newMetric(definition) {
  const metric = {
    ...definition,
    definition,
    id: undefined,
    series: new Series(definition.keys.length),
  }
  metrics.add(metric)
  return metric
}

/**
 * Returns the id of the series of up to four labels, in the order of the metric's dimensions;
 * further ones are `undefined`. The first call turns metrics on or off. Throws if a label is not
 * acceptable or the native side does not answer; the recorder counts that.
 *
 * The value is not a parameter: a call that is not inlined allocates for a number with a fraction.
 */
function find(metric, a, b, c, d) {
  if (ring.write === drop && !start()) return 0
  const id = metric.series.find(a, b, c, d)
  return id === undefined ? resolve(metric, [a, b, c, d]) : id
}

/** Returns the id of the series of more than four labels, and keeps it in the table; see `series.js`. */
function findMany(metric, labels, first) {
  if (ring.write === drop && !start()) return 0
  const texts = labels.map(text)
  const joined = join(texts)
  const known = metric.series.findMany(labels, joined, first)
  if (known !== undefined) return known
  const answer = ask(metric, labels, texts)
  const id = answer & (SHARED - 1)
  if (!own(state.side, 'tellsApart')) {
    metric.series.rememberMany(labels, joined, id, answer >= SHARED)
  }
  return id
}

/** As `findMany`, for code that has not searched the table. */
function findList(metric, labels) {
  const { series } = metric
  const first = series.placeOf(labels)
  return series.findPlaced(labels, first) ?? findMany(metric, labels, first)
}

/** Gets the id of labels from the native side, and remembers it. */
function resolve(metric, all) {
  const { keys, series } = metric
  const labels = all.slice(0, keys.length)
  const texts = labels.map(text)
  const joined = join(texts)
  const known = series.recall(labels, joined)
  if (known !== undefined) return known
  const answer = ask(metric, labels, texts)
  // A bitwise operation gives a small integer, which engines store and compare as such.
  const id = answer & (SHARED - 1)
  const isByText = labels.some(isLong)
  if (!(isByText && own(state.side, 'tellsApart'))) {
    series.remember(labels, joined, id, answer >= SHARED)
  }
  if ((id & OVERFLOWED) !== 0) learnOverflow(metric, id, texts)
  return id
}

/** Gets what tells which labels are folded, once for each metric. `id` is that of labels that are. */
function learnOverflow({ id: metric, guarded, series }, id, texts) {
  if (series.overflow === undefined) {
    const bits = own(state.side, 'filter')?.(metric)
    series.overflow = Array.isArray(bits) ? new Overflow(id & ~SANITIZED, bits, guarded) : null
  }
  if ((id & SANITIZED) === 0) series.overflow?.learn(texts)
}

function ask(metric, labels, texts) {
  metric.id ??= state.side.define(metric)
  if (!isId(metric.id)) throw UNRESOLVED
  const answer = state.side.resolve(metric.id, texts.map(wellFormed), labels)
  if (!isId(answer)) throw UNRESOLVED
  return answer
}

const isId = (answer) => Number.isInteger(answer) && answer >= 0 && answer <= MOST_ID

/** Turns metrics on or off for this thread, once. Returns whether they are on. */
function start() {
  if (status.isOff || starting()?.start() !== true) return false
  state.whenOn()
  return true
}

/** Sets what is called when metrics are turned on in this thread. It must not record at once. @param {() => void} call */
function whenOn(call) {
  state.whenOn = call
}

/** Whether records are written somewhere. */
const isRecording = () => ring.write !== drop

/**
 * Sets where records go. Ids of another side are forgotten.
 *
 * @param {Side} to
 * @param {{ write: (id: number, value: number) => void, lose: () => void }} written
 */
function recordTo(to, written) {
  state.side = to
  status.generation++
  metrics.forEach((metric) => {
    metric.id = undefined
    metric.series = new Series(metric.keys.length)
  })
  ring.write = written.write
  ring.lose = written.lose
}

/** As `recordTo`, for a capture, and also while metrics are off. Returns a function that ends it. */
function divert(to, written, origin) {
  const before = { side: state.side, write: ring.write, lose: ring.lose, isOff: status.isOff }
  recordTo(to, written)
  status.isOff = false
  status.capture = origin
  return function goBack() {
    recordTo(before.side, before)
    status.isOff = before.isOff
    status.capture = undefined
  }
}

/** Counts a record that is dropped. Never throws. */
function refuse(reason, metric, value, labels) {
  try {
    if (ring.write === drop && !start()) return
    if (state.side.refuse(reason, metric, value, labels) !== true) ring.lose()
  } catch (error) {
    warnLimited('uncounted', `A record could not be counted: ${error}`)
  }
}

/** Counts a record for which `find` threw. Never throws. */
function refuseFor(error, metric, value, labels) {
  refuse(error === UNRESOLVED ? 'unresolved' : 'invalidLabel', metric, value, labels)
}

module.exports = {
  divert,
  find,
  findList,
  findMany,
  isRecording,
  newMetric,
  recordTo,
  refuse,
  refuseFor,
  ring,
  SANITIZED,
  status,
  whenOn,
}
