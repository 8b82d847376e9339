/** The alarms and their state. */

import { call } from './api.mjs'
import { el, nothing } from './elements.mjs'
import { figure, moment, shortened, span } from './format.mjs'
import { stateOf } from './widgets.mjs'

const OPERATORS = {
  GreaterThanOrEqualToThreshold: '≥',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '≤',
}
/** Those that want attention come first. */
const ORDER = ['ALARM', 'INSUFFICIENT_DATA', 'OK']

export async function getAlarms() {
  const alarms = []
  let NextToken
  do {
    const page = await call('DescribeAlarms', { NextToken })
    alarms.push(...page.MetricAlarms)
    NextToken = page.NextToken
  } while (NextToken)
  return alarms.sort((a, b) => ORDER.indexOf(a.StateValue) - ORDER.indexOf(b.StateValue))
}

export function alarmCards(alarms) {
  if (alarms.length === 0) {
    return nothing(
      'No alarm yet. PutMetricAlarm makes one, as the AWS CLI, the SDKs and CloudFormation do.'
    )
  }
  return el('ul', { class: 'alarms' }, ...alarms.map(alarmCard))
}

function alarmCard(alarm) {
  const { AlarmName, AlarmDescription, StateValue, StateReason, StateUpdatedTimestamp } = alarm
  const since = `Since ${moment(StateUpdatedTimestamp * 1_000)} UTC. `
  return el(
    'li',
    { 'data-state': StateValue },
    el('h4', {}, stateOf(StateValue), el('span', {}, AlarmName)),
    el('p', {}, conditionOf(alarm)),
    AlarmDescription && el('p', {}, AlarmDescription),
    el('p', { class: 'hint', title: StateReason }, since + shortened(StateReason))
  )
}

/** QueueWaitDuration p99 > 5,000, in 3 of 5 periods of a minute */
function conditionOf(alarm) {
  const { ComparisonOperator, Threshold, EvaluationPeriods, Statistic, ExtendedStatistic } = alarm
  const { DatapointsToAlarm = EvaluationPeriods, MetricName, Metrics = [] } = alarm
  const statistic = MetricName ? ` ${ExtendedStatistic ?? Statistic}` : ''
  const periods = Metrics.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period)
  const period = span(alarm.Period ?? periods.find(Boolean))
  const when =
    EvaluationPeriods === 1
      ? `in ${period}`
      : `in ${DatapointsToAlarm} of ${EvaluationPeriods} periods of ${period}`
  const what = `${MetricName ?? expressionOf(alarm)}${statistic}`
  return `${what} ${OPERATORS[ComparisonOperator]} ${figure(Threshold)}, ${when}`
}

function expressionOf({ Metrics = [] }) {
  const { Label, Expression, Id } = Metrics.find(({ ReturnData = true }) => ReturnData) ?? {}
  return Label ?? Expression ?? Id
}
