'use strict'

// Keeps the records of this thread in memory, for tests, in place of sending them. Loads no binary,
// starts no thread, and reads no environment variable. See `testing.d.ts`.

const { filled } = require('../label.js')
const { append } = require('../properties.js')
const { SANITIZED } = require('../recorder.js')
const { oneOf, someOf } = require('./selection.js')

/**
 * See `captureMetrics` in testing.d.ts.
 *
 * @param {typeof import('../facade.js').testing} state of the copy whose records are captured
 */
function capture({ definedMetrics, divert, observeNow, status }) {
  if (status.capture !== undefined) {
    throw new Error(
      'captureMetrics: an earlier capture of this thread is not stopped. The cause of this error says where it began',
      { cause: status.capture }
    )
  }
  const { records, dropped, side, ring } = newMemory()
  const end = divert(side, ring, new Error('The earlier capture began here'))
  let isStopped = false

  function stop() {
    if (isStopped) return
    isStopped = true
    end()
  }

  const captured = {
    // Without an argument, of all metrics. An argument that is `undefined` is most likely a mistake.
    records: (...given) =>
      records.filter(someOf(definedMetrics(), 'records', given)).map(publicRecord),
    dropped: (...given) =>
      dropped.filter(someOf(definedMetrics(), 'dropped', given)).map(publicDrop),
    sum(metric, labels) {
      const added = records.filter(oneOf(definedMetrics(), 'sum', metric, labels))
      return added.reduce((sum, { value }) => sum + value, 0)
    },
    async observe() {
      if (!isStopped) await observeNow()
    },
    clear() {
      records.length = 0
      dropped.length = 0
    },
    stop,
  }
  // Node 20.3 and `vm` contexts of Node 20 and 22 have no such symbol.
  if (Symbol.dispose)
    Object.defineProperty(captured, Symbol.dispose, { __proto__: null, value: stop })
  return captured
}

/**
 * Returns what `divert` takes, and where it keeps records: `{ metric, value, labels }`, and those that are
 * dropped with their `reason`.
 */
function newMemory() {
  const metrics = []
  const series = []
  const records = []
  const dropped = []
  const side = {
    tellsApart: true,
    define({ definition }) {
      append(metrics, definition)
      return metrics.length - 1
    },
    resolve(id, _texts, labels) {
      const metric = metrics[id]
      append(series, { metric, labels: labelsOf(metric.keys, labels) })
      return series.length - 1
    },
    refuse(reason, { definition }, value, labels) {
      append(dropped, { metric: definition, value, labels, reason })
      return true
    },
  }
  const ring = {
    write(id, value) {
      append(records, { ...series[id & ~SANITIZED], value })
    },
    lose() {},
  }
  return { records, dropped, side, ring }
}

/** Returns labels by their keys, without those that leave their dimension out. */
function labelsOf(keys, values) {
  const labels = Object.create(null)
  keys.forEach((key, at) => {
    if (filled(values[at]) !== undefined) labels[key] = values[at]
  })
  // Unlike an assignment, this calls no setter of `Object.prototype`.
  return { ...labels }
}

/** Returns a copy, so that a test that changes it changes no other record. */
function publicRecord({ metric: { namespace, name, unit }, value, labels }) {
  return { namespace, name, unit, value, labels: { ...labels } }
}

/** Labels of a record that is dropped can be anything. */
function publicDrop({ metric: { namespace, name, unit }, value, labels, reason }) {
  return { namespace, name, unit, value, labels, reason }
}

module.exports = { capture }
