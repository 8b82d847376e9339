/**
 * How many samples a period needs for a percentile, where an alarm ignores periods with fewer.
 *
 * Source: CloudWatch User Guide, "Percentile-based CloudWatch alarms and low data samples": "between 0.5 (inclusive) and
 * 1.00 (exclusive), this setting is used when there are fewer than 10/(1-percentile) data points", and below 0.5
 * "fewer than 10/percentile".
 */

import { percentileOf } from '../statistics.mjs'

/**
 * @param {Record<string, any>} alarm an input of PutMetricAlarm
 * @returns {number} 0 if every period is evaluated
 */
export function leastSamplesOf({ ExtendedStatistic = '', EvaluateLowSampleCountPercentile }) {
  if (EvaluateLowSampleCountPercentile !== 'ignore') return 0
  const percent = percentileOf(ExtendedStatistic) ?? 0
  const share = percent < 50 ? percent : 100 - percent
  // The digits cut the rounding error: 100 - 99.9 is 0.09999999999999432.
  return share > 0 ? Math.ceil(Number((1_000 / share).toFixed(6))) : 0
}
