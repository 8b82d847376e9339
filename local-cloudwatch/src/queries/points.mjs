/**
 * The points of a metric: the cells of a range by their period, and the checks that the queries share.
 *
 * Source, unless said otherwise: CloudWatch API Reference, GetMetricStatistics and GetMetricData.
 */

import { UNITS } from '../limits.mjs'
import { statisticOf } from '../statistics.mjs'

/** @typedef {import('../store.mjs').Cell} Cell */

/** Milliseconds. ListMetrics, RecentlyActive `PT3H`; also how long a sub-minute period is kept. */
export const THREE_HOURS_MS = 3 * 60 * 60 * 1000
/** Seconds. The periods of high-resolution metrics; any other is a multiple of a minute. */
const SHORT_PERIODS = [1, 5, 10, 20, 30]
/** Seconds. */
const MINUTE = 60

/**
 * @typedef {object} Range
 * @property {Date} StartTime
 * @property {Date} EndTime excluded
 * @property {number} [origin] milliseconds since the epoch. A period may begin there; default: all are aligned to the clock
 */

/** @param {(message: string) => Error} refusal */
export function checkRange({ StartTime, EndTime }, refusal) {
  if (StartTime >= EndTime) {
    throw refusal('The parameter StartTime must be less than the parameter EndTime.')
  }
}

export const isPeriod = (period) =>
  SHORT_PERIODS.includes(period) ||
  (Number.isInteger(period) && period > 0 && period % MINUTE === 0)

export function checkPeriod(period, refusal) {
  if (!isPeriod(period)) throw refusal(`The value ${period} for parameter Period is invalid.`)
}

export function checkUnit(unit, refusal) {
  if (unit !== undefined && !UNITS.has(unit)) {
    throw refusal(`The value ${unit} for parameter Unit is invalid.`)
  }
}

/** The start of the first period of a range: rounded down to the minute, or to a shorter period. */
export function startOf({ StartTime }, period) {
  const grain = Math.min(period, MINUTE) * 1000
  return Math.floor(StartTime.getTime() / grain) * grain
}

/** How many starts `timesIn` has. */
export function countIn(range, period) {
  const length = period * 1000
  const first = startOfPeriod(startOf(range, period), length, range)
  return Math.ceil((range.EndTime.getTime() - first) / length)
}

/**
 * Every start of a period that holds a moment of a range, in milliseconds.
 *
 * @param {Range} range
 * @param {number} period seconds
 */
export function timesIn(range, period) {
  const length = period * 1000
  const times = []
  const first = startOfPeriod(startOf(range, period), length, range)
  for (let time = first; time < range.EndTime.getTime(); time += length) times.push(time)
  return times
}

/**
 * The cells of a metric in a range, whose end is excluded.
 *
 * @param {import('../store.mjs').Metric | undefined} metric
 * @param {{ Unit?: string, Period: number }} question
 * @param {Range} range
 * @param {number} now
 */
export function cellsOf(metric, { Unit, Period }, range, now) {
  const start = startOf(range, Period)
  const end = range.EndTime.getTime()
  const isShort = Period < MINUTE
  if (isShort && start < now - THREE_HOURS_MS) return []
  return [...(metric?.cells.values() ?? [])].filter(
    ({ time, unit, storageResolution }) =>
      time >= start &&
      time < end &&
      (!isShort || storageResolution < MINUTE) &&
      (Unit ?? unit) === unit
  )
}

/** Cells by the start of their period, in milliseconds. */
export function periods(cells, period, range) {
  const length = period * 1000
  return groupBy(cells, ({ time }) => startOfPeriod(time, length, range))
}

function startOfPeriod(time, length, { origin = 0 }) {
  return Math.floor((time - origin) / length) * length + origin
}

/**
 * A statistic of a metric by the start of each period that has one, in order. Without a unit, the cells of every unit
 * count together, because a series has one value a period.
 *
 * @returns {Map<number, number>}
 */
export function pointsOf(metric, { Period, Stat, Unit }, range, now) {
  const points = [...periods(cellsOf(metric, { Period, Unit }, range, now), Period, range)]
    .map(([start, cells]) => [start, statisticOf(cells, Stat)])
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => a - b)
  return new Map(points)
}

export function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
