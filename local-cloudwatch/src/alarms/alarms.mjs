/**
 * PutMetricAlarm, DescribeAlarms and DeleteAlarms. An alarm has no actions here: its state is all that it does.
 *
 *   clock -> every minute since the last look -> evaluate (the store, at that minute) -> state
 *
 * Nothing runs on its own: the minutes are caught up with when somebody asks.
 *
 * Source, unless said otherwise: CloudWatch API Reference, the page of each operation.
 */

import { invalidCombination, invalidValue, ServiceError, validationError } from '../errors.mjs'
import { evaluateQueries, parseQueries } from '../queries/expressions.mjs'
import { EXTRA_PERIODS, stateOf } from './evaluation.mjs'
import { COMPARISONS, checkAlarm, periodOf } from './limits.mjs'
import { leastSamplesOf } from './low-samples.mjs'
import { singleSeriesOf } from './single-series.mjs'

/** Milliseconds. An alarm with a period below a minute is evaluated every ten seconds. */
const MINUTE_MS = 60_000
const SHORT_MS = 10_000
/** The most evaluations that are caught up with: a day of minutes. */
const MAX_EVALUATIONS = 1_440
/** MaxRecords. */
const MAX_RECORDS = 100
/** The account and the region are made up. */
const ARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:'
const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA']
/** The most changes of a state that are kept. */
const MAX_HISTORY = 100

export class Alarms {
  #store
  #now
  /** @type {Map<string, object>} */
  #alarms = new Map()

  /**
   * @param {import('../store.mjs').Store} store
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(store, now) {
    this.#store = store
    this.#now = now
  }

  put(input) {
    checkAlarm(input)
    const { Tags: _, ...definition } = input
    const now = this.#now()
    const known = this.#alarms.get(input.AlarmName)
    const alarm = {
      definition,
      queries: queriesOf(definition),
      updatedAt: now,
      evaluatedAt: Math.floor(now / stepOf(definition)) * stepOf(definition),
      // "the alarm's state is left unchanged" on an update.
      state: known?.state ?? 'INSUFFICIENT_DATA',
      reason: known?.reason ?? 'Unchecked: Initial alarm creation',
      changedAt: known?.changedAt ?? now,
      history: known?.history ?? [],
    }
    this.#alarms.set(input.AlarmName, alarm)
  }

  describe(input) {
    const { AlarmNames: names, AlarmNamePrefix: prefix, StateValue: state } = input
    const unsupported = ['ChildrenOfAlarmName', 'ParentsOfAlarmName', 'ActionPrefix'].find(
      (name) => input[name] !== undefined
    )
    if (unsupported)
      throw validationError(`${unsupported} is not supported by this local CloudWatch.`)
    if (names !== undefined && prefix !== undefined) {
      throw invalidCombination('AlarmNames and AlarmNamePrefix are mutually exclusive.')
    }
    if (state !== undefined && !STATES.includes(state)) {
      throw invalidValue(`The value ${state} for parameter StateValue is invalid.`)
    }
    const { MaxRecords = MAX_RECORDS, NextToken = '0', AlarmTypes = ['MetricAlarm'] } = input
    if (MaxRecords < 1 || MaxRecords > MAX_RECORDS) {
      throw invalidValue(`MaxRecords must be 1 to ${MAX_RECORDS}.`)
    }
    const start = Number(NextToken)
    if (!Number.isInteger(start) || start < 0) {
      throw new ServiceError(400, 'InvalidNextToken', 'The NextToken is invalid.')
    }
    this.evaluate()
    const found = [...this.#alarms.values()]
      .filter(
        ({ definition: { AlarmName }, state: current }) =>
          (names?.includes(AlarmName) ?? true) &&
          AlarmName.startsWith(prefix ?? '') &&
          (state ?? current) === current &&
          AlarmTypes.includes('MetricAlarm')
      )
      .sort((a, b) => (a.definition.AlarmName < b.definition.AlarmName ? -1 : 1))
    const next = start + MaxRecords
    return {
      MetricAlarms: found.slice(start, next).map(describe),
      CompositeAlarms: [],
      NextToken: next < found.length ? String(next) : undefined,
    }
  }

  delete({ AlarmNames: names = [] }) {
    const unknown = names.find((name) => !this.#alarms.has(name))
    if (unknown !== undefined) {
      throw new ServiceError(404, 'ResourceNotFound', `There is no alarm ${unknown}`)
    }
    for (const name of names) this.#alarms.delete(name)
  }

  /** When the states of an alarm changed, oldest first. */
  history(name) {
    this.evaluate()
    return [...(this.#alarms.get(name)?.history ?? [])]
  }

  /** Catches up with the clock. */
  evaluate() {
    const now = this.#now()
    for (const alarm of this.#alarms.values()) this.#catchUp(alarm, now)
  }

  #catchUp(alarm, now) {
    const step = stepOf(alarm.definition)
    const last = Math.floor(now / step) * step
    const first = Math.max(alarm.evaluatedAt + step, last - (MAX_EVALUATIONS - 1) * step)
    for (let at = first; at <= last; at += step) {
      const { state, reason } = this.#stateAt(alarm, at)
      alarm.reason = reason
      if (state === alarm.state) continue
      alarm.history.push({ at: new Date(at), from: alarm.state, to: state, reason })
      if (alarm.history.length > MAX_HISTORY) alarm.history.shift()
      Object.assign(alarm, { state, changedAt: at })
    }
    // A clock that was set back starts anew.
    alarm.evaluatedAt = last
  }

  /** An expression may fail on some data. That is the problem of its alarm alone. */
  #stateAt(alarm, at) {
    try {
      return this.#evaluateAt(alarm, at)
    } catch (error) {
      return { state: 'INSUFFICIENT_DATA', reason: error.message }
    }
  }

  #evaluateAt({ definition, queries, state: current }, at) {
    const period = periodOf(definition) * 1000
    const count = definition.EvaluationPeriods + EXTRA_PERIODS
    const starts = Array.from({ length: count }, (_, index) => at - (index + 1) * period)
    const range = { StartTime: new Date(starts.at(-1)), EndTime: new Date(at), origin: at }
    const points = this.#pointsOf(queries, range, at)
    const least = leastSamplesOf(definition)
    const counts = least > 0 ? this.#pointsOf(queries.map(counting), range, at) : new Map()
    const isTooFew = (start) => counts.get(start) < least
    // PutMetricAlarm, EvaluateLowSampleCountPercentile: "the alarm state does not change during periods with too few
    // data points". How such a period counts later is not documented: here as one that was not evaluated.
    if (isTooFew(starts[0])) {
      const reason = `${counts.get(starts[0])} samples are fewer than ${least}: ${current}`
      return { state: current, reason }
    }
    const breaches = COMPARISONS[definition.ComparisonOperator]
    const values = starts.map((start) => (isTooFew(start) ? undefined : points.get(start)))
    const periods = values.map((value) =>
      value === undefined ? undefined : breaches(value, definition.Threshold)
    )
    const state = stateOf(periods, definition, current)
    return { state, reason: reasonOf(values, definition, state) }
  }

  #pointsOf(queries, range, at) {
    const results = evaluateQueries(queries, this.#store, range, at, validationError)
    return singleSeriesOf(results, validationError)?.points ?? new Map()
  }
}

/** An alarm on one metric is one query. */
function queriesOf(definition) {
  if (definition.Metrics) return parseQueries(definition.Metrics, validationError)
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic, Unit } =
    definition
  const Metric = { Namespace, MetricName, Dimensions }
  return [{ Id: 'm', MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic, Unit } }]
}

/** A query of the number of samples. */
const counting = ({ MetricStat, ...query }) => ({
  ...query,
  MetricStat: { ...MetricStat, Stat: 'SampleCount' },
})

const stepOf = (definition) => (periodOf(definition) < 60 ? SHORT_MS : MINUTE_MS)

function reasonOf(values, { ComparisonOperator, Threshold, EvaluationPeriods }, state) {
  const present = values.filter((value) => value !== undefined).slice(0, EvaluationPeriods)
  if (present.length === 0)
    return `No datapoints were received for ${values.length} periods: ${state}`
  return `The latest datapoints [${present.join(', ')}] were compared with ${ComparisonOperator} ${Threshold}: ${state}`
}

function describe({ definition, state, reason, updatedAt, changedAt }) {
  return {
    ...definition,
    AlarmArn: `${ARN}${definition.AlarmName}`,
    ActionsEnabled: definition.ActionsEnabled ?? true,
    OKActions: definition.OKActions ?? [],
    AlarmActions: definition.AlarmActions ?? [],
    InsufficientDataActions: definition.InsufficientDataActions ?? [],
    Dimensions: definition.Dimensions ?? [],
    AlarmConfigurationUpdatedTimestamp: new Date(updatedAt),
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: new Date(changedAt),
    StateTransitionedTimestamp: new Date(changedAt),
  }
}
