/**
 * The state of an alarm, from what its latest periods hold.
 *
 *   the periods of the evaluation range, latest first: breaching, not breaching, or missing
 *     -> the latest EvaluationPeriods that hold something -> missing ones, only if they are too few -> state
 *
 * Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
 */

/** @typedef {'OK' | 'ALARM' | 'INSUFFICIENT_DATA'} State */

/**
 * How many periods more than EvaluationPeriods are looked at. CloudWatch does not document the number; the examples of
 * the User Guide have two.
 */
export const EXTRA_PERIODS = 2

/**
 * @param {(boolean | undefined)[]} periods whether each breaches the threshold, latest first; `undefined`: missing
 * @param {{ EvaluationPeriods: number, DatapointsToAlarm?: number, TreatMissingData?: string }} alarm
 * @param {State} current
 * @returns {State}
 */
export function stateOf(periods, alarm, current) {
  const {
    EvaluationPeriods,
    DatapointsToAlarm = EvaluationPeriods,
    TreatMissingData = 'missing',
  } = alarm
  const present = periods.filter((breaches) => breaches !== undefined).slice(0, EvaluationPeriods)
  if (present.length === 0 && TreatMissingData === 'missing') return 'INSUFFICIENT_DATA'
  if (present.length === 0 && TreatMissingData === 'ignore') return current
  const filled = EvaluationPeriods - present.length
  const breaching = present.filter(Boolean).length + (TreatMissingData === 'breaching' ? filled : 0)
  if (breaching >= DatapointsToAlarm) return 'ALARM'
  const isUnsure = ['missing', 'ignore'].includes(TreatMissingData) && filled > 0
  if (!isUnsure || !isLikely(periods, EvaluationPeriods, DatapointsToAlarm)) return 'OK'
  return TreatMissingData === 'missing' ? 'ALARM' : current
}

/**
 * "Avoiding premature transitions": whether the oldest breaching period is at least as old as DatapointsToAlarm, and all
 * later ones breach or are missing. The tables tell more: `0 - X - -` stays OK with 2 of 3, so that an older period of
 * the range that does not breach counts too.
 */
function isLikely(periods, within, least) {
  const oldest = periods.slice(0, within).lastIndexOf(true)
  return oldest + 1 >= least && !periods.includes(false)
}
