'use strict'

// `hkm-native alarms`: pairs of a warning and a critical alarm, as inputs of PutMetricAlarm. Each is about a series that
// exists: CloudWatch does not add up over dimensions, and an alarm cannot search. Where there is none, a note says which
// roll-up to add.
//
// Missing data:
//   failures, throttling, waits, cost   nothing was recorded, so nothing is wrong: `notBreaching`
//   silence                             that nothing was recorded is what is wrong: `breaching`

const { distinct, isSame, seriesOfAll } = require('./series.js')
const { DAY } = require('./settings.js')
const { UsageError } = require('./usage-error.js')

const HOUR = 3_600
/** Characters. Source: PutMetricAlarm. */
const MAX_NAME = 255
const MAX_DESCRIPTION = 1_024
const LEVELS = ['warning', 'critical']

/** Of how long is waited. */
const PERCENTILE = 'p99'
/** An alarm is on at most ten metrics. Source: CloudWatch User Guide, "Using math expressions". */
const MAX_METRICS = 10
const TOO_MANY = 'an alarm is on at most 10 metrics'

/**
 * @param {import('./roles.js').Roles} roles
 * @param {object} options
 * @returns {{ alarms: object[], notes: string[] }}
 */
function alarmsOf(roles, settings) {
  // Waits look back on five periods, which must be at most a week.
  if (settings.period > DAY) throw new UsageError(`--period must be at most ${DAY} for alarms`)
  const options = { ...settings, taken: new Set(), notes: new Set() }
  const alarms = [
    ...roles.failures.flatMap((failure) => failureAlarms(failure, options)),
    ...roles.throttles.flatMap((part) => throttleAlarms(part, options)),
    ...roles.waits.flatMap((part) => waitAlarms(part, options)),
    ...roles.costs.flatMap((part) => costAlarms(part, options)),
    ...[...new Set(roles.traffic.map(({ metric }) => metric.namespace))].flatMap((namespace) =>
      silenceAlarms(namespace, roles.traffic, options)
    ),
  ]
  return { alarms, notes: [...options.notes] }
}

function failureAlarms({ title, failed, all }, options) {
  const parts = distinct([...failed, ...all])
  if (parts.length > MAX_METRICS) {
    options.notes.add(`failures of ${title}: ${TOO_MANY}`)
    return []
  }
  const found = seriesOfAll(parts, options)
  if (!found) return []
  const idOf = (part) => `m${parts.findIndex((other) => isSame(part, other)) + 1}`
  const sum = (list) => `SUM([${list.map(idOf).join(', ')}])`
  const Metrics = [
    ...found.map((series, at) => query(`m${at + 1}`, series, 'Sum', options.period)),
    // A sum over a list counts what is missing as nothing; `+` would have no value then.
    { Id: 'total', Expression: sum(all), Label: 'Total', ReturnData: false },
    {
      Id: 'failures',
      Expression: `SUM([${failed.map(idOf).join(', ')}, total * 0])`,
      Label: 'Failures',
      ReturnData: false,
    },
    {
      Id: 'rate',
      Expression: `IF(total >= ${options.minSamples}, 100 * failures / total)`,
      Label: 'Failures in percent',
      ReturnData: true,
    },
  ]
  return pair(options.failureRate, (level, threshold) => ({
    ...named({ ...all[0].metric, name: title }, 'failures', level, options),
    AlarmDescription: described(
      `More than ${threshold} % of ${title} fail, of at least ${options.minSamples} in ${span(options.period)}.`,
      options
    ),
    ...above(threshold, 3, 3),
    Metrics,
  }))
}

function throttleAlarms(part, options) {
  const [series] = seriesOfAll([part], options) ?? []
  if (!series) return []
  return pair(options.throttled, (level, threshold) => ({
    ...named(part.metric, 'throttling', level, options),
    AlarmDescription: described(
      `${part.metric.name} is above ${threshold} in ${span(options.period)}, three times in a row.`,
      options
    ),
    ...ofOne(series, options.period),
    Statistic: 'Sum',
    ...above(threshold, 3, 3),
  }))
}

function waitAlarms(part, options) {
  const [series] = seriesOfAll([part], options) ?? []
  if (!series) return []
  const factor = { Microseconds: 1_000, Milliseconds: 1, Seconds: 0.001 }[part.metric.unit]
  return pair(options.wait, (level, ms) => ({
    ...named(part.metric, PERCENTILE, level, options),
    AlarmDescription: described(
      `${PERCENTILE} of ${part.metric.name} is above ${ms} ms in three of five periods of ${span(options.period)}.`,
      options
    ),
    ...ofOne(series, options.period),
    ExtendedStatistic: PERCENTILE,
    // A percentile of a few samples says little.
    EvaluateLowSampleCountPercentile: 'ignore',
    ...above(ms * factor, 3, 5),
  }))
}

function costAlarms(part, options) {
  const [series] = seriesOfAll([part], options) ?? []
  if (!series) return []
  return pair(options.budget, (level, threshold) => ({
    ...named(part.metric, 'cost', level, options),
    AlarmDescription: described(`${part.metric.name} is above ${threshold} in a day.`, options),
    ...ofOne(series, DAY),
    Statistic: 'Sum',
    ...above(threshold, 1, 1),
  }))
}

function silenceAlarms(namespace, traffic, options) {
  const own = traffic.filter(({ metric }) => metric.namespace === namespace)
  const all = own.flatMap((part) => seriesOfAll([part], options) ?? [])
  const found = all.slice(0, MAX_METRICS)
  if (found.length === 0) return []
  for (const { metric } of all.slice(MAX_METRICS)) {
    options.notes.add(`silence of ${metric.name}: ${TOO_MANY}`)
  }
  const ids = found.map((_, at) => `m${at + 1}`)
  const spans = options.silence.map((seconds) => periodsOf(seconds, options))
  const [warning, critical] = spans.map(({ period, periods }) => span(period * periods))
  if (warning === critical)
    throw new UsageError(`--silence ${options.silence} is ${warning} twice, in whole periods`)
  return pair(spans, (level, { period, periods }) => {
    const Metrics = [
      ...found.map((series, at) => query(ids[at], series, 'SampleCount', period)),
      { Id: 'records', Expression: `SUM([${ids.join(', ')}])`, Label: 'Records', ReturnData: true },
    ]
    return {
      ...named({ namespace, name: '' }, 'silence', level, options),
      AlarmDescription: described(
        `Nothing was recorded by ${found.map(({ metric }) => metric.name).join(', ')} for ${span(periods * period)}.`,
        options
      ),
      EvaluationPeriods: periods,
      DatapointsToAlarm: periods,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Metrics,
    }
  })
}

/**
 * Periods below an hour reach a day back, others a week. Source: PutMetricAlarm. Those of silence are five minutes at most,
 * so that one that is shorter than `--period` is noticed, too.
 */
function periodsOf(seconds, options) {
  const period = seconds > DAY ? HOUR : Math.min(300, options.period)
  return { period, periods: Math.max(1, Math.floor(seconds / period)) }
}

/** A warning, and a critical alarm. */
function pair(thresholds, make) {
  return thresholds.map((threshold, at) => make(LEVELS[at], threshold))
}

/**
 * The namespace is always part of the name, so that a name does not depend on what else is made. A name that differs in no
 * letter and no digit from another gets a number: names of resources have nothing else.
 */
function named({ namespace, name }, what, level, { prefix, environment, labels, actions, taken }) {
  const begin = [prefix, environment, namespace, name, ...Object.values(labels)]
    .map((word) => word.replace(/[^A-Za-z0-9_.]+/g, '-').replace(/^-|-$/g, ''))
    .filter((word) => word !== '')
    .join('-')
  const end = `-${what}-${level}`
  const nameOf = (last) => begin.slice(0, MAX_NAME - last.length) + last
  let AlarmName = nameOf(end)
  for (let number = 2; taken.has(bare(AlarmName)); number++) AlarmName = nameOf(`-${number}${end}`)
  taken.add(bare(AlarmName))
  const list = actions[level]
  return { AlarmName, ...(list.length > 0 && { AlarmActions: list, OKActions: list }) }
}

const bare = (name) => name.replace(/[^a-z0-9]/gi, '').toLowerCase()

const described = (text, { runbook }) =>
  `${text}${runbook && ` Runbook: ${runbook}`}`.slice(0, MAX_DESCRIPTION)

function above(Threshold, DatapointsToAlarm, EvaluationPeriods) {
  return {
    EvaluationPeriods,
    DatapointsToAlarm,
    Threshold,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  }
}

const ofOne = ({ metric, dimensions }, Period) => ({
  Namespace: metric.namespace,
  MetricName: metric.name,
  Dimensions: dimensions,
  Period,
})

const query = (Id, { metric, dimensions }, Stat, Period) => ({
  Id,
  MetricStat: {
    Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: dimensions },
    Period,
    Stat,
  },
  ReturnData: false,
})

/** Seconds as a text. */
function span(seconds) {
  if (seconds % 3_600 === 0) return seconds === 3_600 ? 'an hour' : `${seconds / 3_600} hours`
  if (seconds % 60 === 0) return seconds === 60 ? 'a minute' : `${seconds / 60} minutes`
  return `${seconds} seconds`
}

module.exports = { alarmsOf }
