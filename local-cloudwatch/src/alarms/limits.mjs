/**
 * What PutMetricAlarm refuses. `violation` takes a typed input and returns the first thing that is wrong with it.
 *
 * Source, unless said otherwise: CloudWatch API Reference, PutMetricAlarm, and the constraints in the service model that
 * ships with the SDKs.
 */

import { invalidCombination, invalidValue, missing, validationError } from '../errors.mjs'
import { metricViolations, UNITS } from '../limits.mjs'
import { parseQueries } from '../queries/expressions.mjs'
import { percentileOf, STATISTICS } from '../statistics.mjs'
import { checkSingleSeries } from './single-series.mjs'

/** Characters of a name, and of a description. */
const MAX_NAME_LENGTH = 255
const MAX_DESCRIPTION_LENGTH = 1_024
/** Of each kind of actions. */
const MAX_ACTIONS = 5
/** User Guide, "Using math expressions": an alarm has "up to 10 metrics". */
const MAX_METRICS = 10
const MAX_TAGS = 50
/** Characters. API Reference, Tag. */
const MAX_TAG_KEY_LENGTH = 128
const MAX_TAG_VALUE_LENGTH = 256
/** API Reference, Tag: reserved for AWS. */
const RESERVED_TAG = 'aws:'
/** Seconds: "Period multiplied by EvaluationPeriods", and the same for periods below an hour. */
const MAX_SPAN = 604_800
const MAX_SHORT_SPAN = 86_400
const HOUR = 3_600
/** Seconds: "Valid values are 10, 20, 30, and any multiple of 60". */
const SHORT_PERIODS = [10, 20, 30]

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}
export const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing']

/** Members of the API that this local CloudWatch does not know. */
const UNSUPPORTED = [
  'ActionConfiguration',
  'EvaluationCriteria',
  'EvaluationInterval',
  'EvaluationWindow',
  'ThresholdMetricId',
  'WarmUpConfiguration',
]
const ACTIONS = ['OKActions', 'AlarmActions', 'InsufficientDataActions']
const OF_ONE_METRIC = [
  'Namespace',
  'MetricName',
  'Dimensions',
  'Period',
  'Unit',
  'Statistic',
  'ExtendedStatistic',
]
/** An ARN, as far as all services agree on it. */
const ARN = /^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[^:]*:.+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\x00-\x1f\x7f]/
/** Functions that an alarm may not use. User Guide, "Using math expressions". */
const SEARCHES = /\bSEARCH\s*\(/

/**
 * Throws what is wrong with an input of PutMetricAlarm.
 *
 * @param {Record<string, any>} input
 */
export function checkAlarm(input) {
  const unsupported = UNSUPPORTED.find((name) => input[name] !== undefined)
  if (unsupported)
    throw validationError(`${unsupported} is not supported by this local CloudWatch.`)
  checkNames(input)
  for (const name of ['EvaluationPeriods', 'ComparisonOperator', 'Threshold']) {
    if (input[name] === undefined) throw missing(`The parameter ${name} is required.`)
  }
  if (!Object.hasOwn(COMPARISONS, input.ComparisonOperator))
    throw invalid('ComparisonOperator', input)
  if (!Number.isFinite(input.Threshold)) throw invalid('Threshold', input)
  if (!TREATMENTS.includes(input.TreatMissingData ?? 'missing'))
    throw invalid('TreatMissingData', input)
  if (!['evaluate', 'ignore'].includes(input.EvaluateLowSampleCountPercentile ?? 'evaluate')) {
    throw invalid('EvaluateLowSampleCountPercentile', input)
  }
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = input
  if (EvaluationPeriods < 1) throw invalid('EvaluationPeriods', input)
  if (DatapointsToAlarm < 1 || DatapointsToAlarm > EvaluationPeriods) {
    throw invalidValue('DatapointsToAlarm must be 1 to EvaluationPeriods.')
  }
  const period = input.Metrics ? periodOfMetrics(input) : periodOfOne(input)
  const span = period * EvaluationPeriods
  if (span > MAX_SPAN || (period < HOUR && span > MAX_SHORT_SPAN)) {
    throw validationError(
      `Metrics cannot be checked across more than ${period < HOUR ? 'a day' : 'seven days'} (EvaluationPeriods * Period ` +
        `must be <= ${period < HOUR ? MAX_SHORT_SPAN : MAX_SPAN})`
    )
  }
}

function checkNames({ AlarmName, AlarmDescription = '', Tags = [], ...input }) {
  if (!AlarmName) throw missing('The parameter AlarmName is required.')
  if (AlarmName.length > MAX_NAME_LENGTH || CONTROL.test(AlarmName))
    throw invalid('AlarmName', { AlarmName })
  if (AlarmDescription.length > MAX_DESCRIPTION_LENGTH) {
    throw invalidValue(`AlarmDescription must have at most ${MAX_DESCRIPTION_LENGTH} characters.`)
  }
  for (const name of ACTIONS) {
    const actions = input[name] ?? []
    if (actions.length > MAX_ACTIONS)
      throw invalidValue(`${name} must hold at most ${MAX_ACTIONS} actions.`)
    const wrong = actions.find((action) => !ARN.test(action))
    if (wrong !== undefined) throw validationError(`Invalid arn syntax: ${wrong}`)
  }
  if (Tags.length > MAX_TAGS) throw invalidValue(`Tags must hold at most ${MAX_TAGS} tags.`)
  for (const [index, tag] of Tags.entries()) checkTag(`Tags.member.${index + 1}`, tag)
}

function checkTag(path, { Key, Value }) {
  if (!Key) throw missing(`The parameter ${path}.Key is required.`)
  if (Value === undefined) throw missing(`The parameter ${path}.Value is required.`)
  if (Key.length > MAX_TAG_KEY_LENGTH || Key.toLowerCase().startsWith(RESERVED_TAG)) {
    throw invalidValue(`The value ${Key} for parameter ${path}.Key is invalid.`)
  }
  if (Value.length > MAX_TAG_VALUE_LENGTH) {
    throw invalidValue(
      `The parameter ${path}.Value has more than ${MAX_TAG_VALUE_LENGTH} characters.`
    )
  }
}

function checkMetric(path, metric) {
  const [violation] = metricViolations(path, metric)
  if (violation) throw violation
}

function periodOfOne(input) {
  checkMetric('', input)
  const { Statistic, ExtendedStatistic, Period, Unit } = input
  if (Period === undefined) throw missing('The parameter Period is required.')
  if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
    throw invalidCombination('Exactly one of Statistic and ExtendedStatistic must be specified.')
  }
  if (Statistic !== undefined && !STATISTICS.includes(Statistic)) throw invalid('Statistic', input)
  if (ExtendedStatistic !== undefined && percentileOf(ExtendedStatistic) === undefined) {
    throw invalid('ExtendedStatistic', input)
  }
  if (Unit !== undefined && !UNITS.has(Unit)) throw invalid('Unit', input)
  checkAlarmPeriod(Period)
  return Period
}

function periodOfMetrics(input) {
  const beside = OF_ONE_METRIC.find((name) => input[name] !== undefined)
  if (beside) throw invalidCombination(`${beside} must not be specified beside Metrics.`)
  const queries = parseQueries(input.Metrics, validationError)
  if (queries.length === 0) throw missing('The parameter Metrics is required.')
  const metrics = queries.filter(({ MetricStat }) => MetricStat)
  if (metrics.length > MAX_METRICS) {
    throw validationError(`Metrics must hold at most ${MAX_METRICS} metrics.`)
  }
  for (const { Id, MetricStat } of metrics)
    checkMetric(`${Id}.MetricStat.Metric.`, MetricStat.Metric)
  const returned = queries.filter(({ ReturnData = true }) => ReturnData)
  if (returned.length !== 1) {
    throw validationError('Exactly one element of the metrics list should return data.')
  }
  const search = queries.find(({ Expression = '' }) => SEARCHES.test(Expression))
  if (search) throw validationError(`Query ${search.Id}: SEARCH is not supported on Metric Alarms.`)
  const periods = new Set(
    queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period).filter(Boolean)
  )
  for (const period of periods) checkAlarmPeriod(period)
  if (periods.size > 1)
    throw validationError('Period must be the same for all metrics of an alarm.')
  const [period] = periods
  if (period === undefined)
    throw missing(`Query ${returned[0].Id}: the parameter Period is required.`)
  checkSingleSeries(queries, period, validationError)
  return period
}

function checkAlarmPeriod(period) {
  if (!SHORT_PERIODS.includes(period) && !(period > 0 && period % 60 === 0)) {
    throw validationError('Period must be 10, 20, 30 or a multiple of 60')
  }
}

const invalid = (name, input) =>
  invalidValue(`The value ${input[name]} for parameter ${name} is invalid.`)

/** The period of an alarm that was found valid, in seconds. */
export function periodOf({ Period, Metrics = [] }) {
  return (
    Period ?? Metrics.map(({ MetricStat, Period: own }) => MetricStat?.Period ?? own).find(Boolean)
  )
}
