'use strict'

// What metrics mean to a person on call: which of them count failures, and of what, which say that something is throttled,
// how long it waits, what it costs, and whether anything happens at all.
//
// The catalogues say it here. Of other definitions, a failure rate is known from a label with a value such as `failed`, and
// from what the command is told; the rest is known from units and names.

const { UsageError } = require('./usage-error.js')

/**
 * @typedef {import('../lib/define/definition.js').Metric} Metric
 * @typedef {{ metric: Metric, labels: Record<string, string> }} Part
 *
 * @typedef {object} Roles
 * @property {{ title: string, failed: Part[], all: Part[] }[]} failures
 * @property {Part[]} throttles
 * @property {Part[]} waits
 * @property {Part[]} costs
 * @property {Part[]} traffic
 */

const FAILED_VALUES = ['failed', 'failure', 'error', 'errored']
const THROTTLES = /throttl|ratelimit/i
const COSTS = /cost|charge|spen[dt]|price/i
const TIMES = ['Microseconds', 'Milliseconds', 'Seconds']

/** Of the catalogues, by namespace. */
const KNOWN = {
  'Sim/HostedKey': {
    failures: [
      { title: 'Calls on hosted keys', failed: [['Failed']], all: [['Used'], ['Failed']] },
    ],
    throttles: ['Throttled'],
    waits: ['QueueWaitDuration'],
    costs: ['CostCharged'],
    traffic: ['Used', 'Failed'],
  },
  'Sim/Workflow': {
    failures: [
      {
        title: 'Executions',
        failed: [['ExecutionCompleted', { status: 'failed' }]],
        all: [['ExecutionCompleted']],
      },
      {
        title: 'Blocks',
        failed: [['BlockExecuted', { success: 'false' }]],
        all: [
          ['BlockExecuted', { success: 'false' }],
          ['BlockExecuted', { success: 'true' }],
        ],
      },
    ],
    throttles: [],
    waits: ['ExecutionDuration', 'BlockDuration'],
    costs: [],
    traffic: ['ExecutionStarted', 'ExecutionCompleted'],
  },
}

/**
 * @param {Metric[]} metrics
 * @param {object} told settings: `failed`, `succeeded` and `total` are names of counters
 * @returns {Roles}
 */
function rolesOf(metrics, told) {
  check(metrics, told)
  const roles = { failures: [], throttles: [], waits: [], costs: [], traffic: [] }
  for (const namespace of new Set(metrics.map((metric) => metric.namespace))) {
    const within = metrics.filter((metric) => metric.namespace === namespace)
    const found = Object.hasOwn(KNOWN, namespace)
      ? knownRoles(KNOWN[namespace], within)
      : guessedRoles(within)
    for (const [role, parts] of Object.entries(found)) roles[role].push(...parts)
  }
  roles.failures.push(...toldFailures(metrics, told))
  return roles
}

/** Throws if the metrics do not have a label or a period. */
function check(metrics, { labels, period, storageResolution }) {
  const keys = [...new Set(metrics.flatMap((metric) => metric.keys))]
  const unknown = Object.keys(labels).find((key) => !keys.includes(key))
  if (unknown) {
    throw new UsageError(
      `no metric has the label ${unknown}; there are ${keys.join(', ') || 'none'}`
    )
  }
  const coarse = metrics.find(({ seconds }) => (seconds || storageResolution) > period)
  if (coarse) {
    throw new UsageError(
      `--period ${period} must be of metrics with storageResolution 1, not ${coarse.name}`
    )
  }
}

function knownRoles({ failures, ...names }, metrics) {
  const partsOf = (list) =>
    list.flatMap(([name, labels = {}]) =>
      metrics.filter((metric) => metric.name === name).map((metric) => ({ metric, labels }))
    )
  const roles = Object.entries(names).map(([role, list]) => [
    role,
    partsOf(list.map((name) => [name])),
  ])
  return {
    failures: failures
      .map(({ title, failed, all }) => ({ title, failed: partsOf(failed), all: partsOf(all) }))
      .filter(({ failed, all }) => failed.length > 0 && all.length > 0),
    ...Object.fromEntries(roles),
  }
}

function guessedRoles(metrics) {
  const counters = metrics.filter(({ kind }) => kind === 'counter')
  const parts = (list) => list.map((metric) => ({ metric, labels: {} }))
  return {
    failures: counters.flatMap(failuresByLabel),
    throttles: parts(counters.filter(({ name }) => THROTTLES.test(name))),
    waits: parts(
      metrics.filter(({ kind, unit }) => kind === 'distribution' && TIMES.includes(unit))
    ),
    costs: parts(counters.filter(({ name, unit }) => unit === 'None' && COSTS.test(name))),
    traffic: parts(counters),
  }
}

/** A counter whose label says whether it went well. */
function failuresByLabel(metric) {
  const at = metric.values.findIndex((values) =>
    values?.some((value) => FAILED_VALUES.includes(value))
  )
  if (at < 0) return []
  const failed = metric.values[at]
    .filter((value) => FAILED_VALUES.includes(value))
    .map((value) => ({ metric, labels: { [metric.keys[at]]: value } }))
  return [{ title: metric.name, failed, all: [{ metric, labels: {} }] }]
}

function toldFailures(metrics, { failed = [], succeeded = [], total = [] }) {
  if (failed.length === 0) {
    if (succeeded.length + total.length > 0)
      throw new UsageError('--succeeded and --total need --failed beside them')
    return []
  }
  if ((succeeded.length === 0) === (total.length === 0)) {
    throw new UsageError('--failed needs either --succeeded or --total: a rate is of something')
  }
  const parts = (names) => names.map((name) => ({ metric: counterOf(metrics, name), labels: {} }))
  const all = total.length > 0 ? parts(total) : parts([...succeeded, ...failed])
  return [{ title: failed.join(', '), failed: parts(failed), all }]
}

function counterOf(metrics, name) {
  const found = metrics.filter((metric) => metric.kind === 'counter' && isNamed(metric, name))
  if (found.length === 1) return found[0]
  const counters = metrics.filter(({ kind }) => kind === 'counter').map((metric) => metric.name)
  throw new UsageError(
    `there is ${found.length === 0 ? 'no' : 'more than one'} counter ${name}; there are ${counters.join(', ')}`
  )
}

const isNamed = (metric, name) => metric.name.toLowerCase() === name.toLowerCase()

module.exports = { rolesOf }
