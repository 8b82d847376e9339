/**
 * The functions of metric math, by name. Each takes the values of its arguments, and what it is evaluated in: the range
 * of the query, and the metrics of the query.
 *
 * Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics", "Functions supported for metric math".
 */

import { isSeries, seriesOf, timesOf, valueAt } from './series.mjs'

/** Of CloudWatch, but not of this one: they need a model, a rule or an account. */
export const UNSUPPORTED = new Set([
  'ANOMALY_DETECTION_BAND',
  'DB_PERF_INSIGHTS',
  'INSIGHT_RULE_METRIC',
  'LAMBDA',
  'SERVICE_QUOTA',
])

/** Numbers as one number. */
const AGGREGATES = {
  AVG: (numbers) => sum(numbers) / numbers.length,
  MAX: (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
  MIN: (numbers) => numbers.reduce((a, b) => Math.min(a, b)),
  STDDEV: deviation,
  SUM: sum,
}

/** A number at each moment. */
const NUMBERS = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
}

/** The moment of a point. Days of the week are counted from Monday, which is 1. */
const MOMENTS = {
  MINUTE: (date) => date.getUTCMinutes(),
  HOUR: (date) => date.getUTCHours(),
  DAY: (date) => date.getUTCDay() || 7,
  DATE: (date) => date.getUTCDate(),
  MONTH: (date) => date.getUTCMonth() + 1,
  YEAR: (date) => date.getUTCFullYear(),
  EPOCH: (date) => date.getTime() / 1000,
}

/** What a point is beside the one before it. */
const STEPS = {
  DIFF: (value, before) => value - before,
  DIFF_TIME: (_, __, seconds) => seconds,
  RATE: (value, before, seconds) => (value - before) / seconds,
}

export const FUNCTIONS = {
  ...mapped(AGGREGATES, (aggregate) => (args) => {
    const [value] = expect(args, [OF_SERIES])
    if (isSeries(value)) {
      const numbers = [...value.points.values()]
      return numbers.length > 0 ? aggregate(numbers) : 0
    }
    return seriesOf(likeOf(value), timesOf(value), (time) => aggregate(numbersAt(value, time)))
  }),
  ...mapped(NUMBERS, (change) => (args) => {
    const [value] = expect(args, [OF_NUMBERS])
    return each(value, (part) =>
      isSeries(part)
        ? seriesOf(part, part.points.keys(), (time) => change(part.points.get(time)))
        : change(part)
    )
  }),
  ...mapped(MOMENTS, (moment) => (args) => {
    const [value] = expect(args, [SERIES])
    return seriesOf(value, value.points.keys(), (time) => moment(new Date(time)))
  }),
  ...mapped(STEPS, (step) => (args) => {
    const [value] = expect(args, [OF_SERIES])
    return each(value, (series) => stepped(series, step))
  }),

  DATAPOINT_COUNT(args) {
    const [value] = expect(args, [OF_SERIES])
    if (isSeries(value)) return value.points.size
    return seriesOf(likeOf(value), timesOf(value), (time) => numbersAt(value, time).length)
  },
  FILL(args, { times }) {
    const [value, filling] = expect(args, [OF_SERIES, FILLING])
    return each(value, (series) => seriesOf(series, times(series.period), filler(series, filling)))
  },
  FIRST: (args) => expect(args, [LIST])[0].at(0) ?? [],
  LAST: (args) => expect(args, [LIST])[0].at(-1) ?? [],
  IF(args) {
    const [condition, yes, no] = expect(args, [NUMBERS_AT, NUMBERS_AT, OPTIONAL])
    if (!isSeries(condition)) return condition === 0 ? (no ?? []) : yes
    return seriesOf(condition, condition.points.keys(), (time) =>
      valueAt(condition.points.get(time) === 0 ? no : yes, time)
    )
  },
  METRIC_COUNT: (args) => expect(args, [LIST])[0].length,
  METRICS(args, { metrics }) {
    const [part] = expect(args, [OPTIONAL])
    return metrics.filter(({ id }) => id.includes(part ?? '')).map(({ series }) => series)
  },
  PERIOD: (args) => expect(args, [SERIES])[0].period,
  REMOVE_EMPTY: (args) => expect(args, [LIST])[0].filter(({ points }) => points.size > 0),
  RUNNING_SUM(args) {
    const [value] = expect(args, [OF_SERIES])
    return each(value, (series) => {
      let total = 0
      return seriesOf(series, series.points.keys(), (time) => (total += series.points.get(time)))
    })
  },
  SLICE(args) {
    const [list, from, to] = expect(args, [LIST, NUMBER, OPTIONAL])
    return list.slice(from, to)
  },
  SORT(args) {
    const [list, by, order, limit] = expect(args, [LIST, TEXT, TEXT, OPTIONAL])
    if (!Object.hasOwn(AGGREGATES, by)) throw new SyntaxError(`it cannot sort by ${by}`)
    if (!['ASC', 'DESC'].includes(order)) throw new SyntaxError(`it cannot sort ${order}`)
    const sign = order === 'ASC' ? 1 : -1
    const keyOf = ({ points }) => (points.size > 0 ? AGGREGATES[by]([...points.values()]) : 0)
    return [...list].sort((a, b) => sign * (keyOf(a) - keyOf(b))).slice(0, limit)
  },
  TIME_SERIES(args, { period, times }) {
    const [value] = expect(args, [NUMBER])
    return seriesOf({ label: '', period }, times(period), () => value)
  },
}

/** The names that stand for themselves, as in `FILL(m1, REPEAT)`. */
export const WORDS = new Set(['REPEAT', 'LINEAR', 'ASC', 'DESC', ...Object.keys(AGGREGATES)])

/** Kinds of arguments: what each is called, and whether a value is one. */
const isNumber = (value) => typeof value === 'number'
const isText = (value) => typeof value === 'string'
const NUMBER = ['a number', isNumber]
const TEXT = ['a text', isText]
const SERIES = ['a time series', isSeries]
const LIST = ['a list of time series', Array.isArray]
const OF_SERIES = [
  'a time series, or a list of them',
  (value) => isSeries(value) || Array.isArray(value),
]
const OF_NUMBERS = ['a number, a time series, or a list of them', (value) => !isText(value)]
const NUMBERS_AT = ['a number or a time series', (value) => isNumber(value) || isSeries(value)]
const FILLING = ['a number, a time series, REPEAT or LINEAR', (value) => !Array.isArray(value)]
const OPTIONAL = ['another value', () => true, true]

function expect(args, kinds) {
  const least = kinds.filter(([, , isOptional]) => !isOptional).length
  if (args.length < least || args.length > kinds.length) {
    const number = least === kinds.length ? least : `${least} to ${kinds.length}`
    throw new SyntaxError(`expected ${number} arguments, found ${args.length}`)
  }
  for (const [index, value] of args.entries()) {
    const [what, isOne] = kinds[index]
    if (!isOne(value)) throw new SyntaxError(`argument ${index + 1} must be ${what}`)
  }
  return args
}

function mapped(functions, by) {
  return Object.fromEntries(Object.entries(functions).map(([name, each]) => [name, by(each)]))
}

/** Applies a function to a value, or to each of a list. */
const each = (value, apply) => (Array.isArray(value) ? value.map(apply) : apply(value))

const likeOf = (list) => list[0] ?? { label: '', period: 0 }

const numbersAt = (list, time) =>
  list.map(({ points }) => points.get(time)).filter((number) => number !== undefined)

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

function deviation(numbers) {
  const mean = sum(numbers) / numbers.length
  return Math.sqrt(sum(numbers.map((number) => (number - mean) ** 2)) / numbers.length)
}

function stepped(series, step) {
  let before
  return seriesOf(series, series.points.keys(), (time) => {
    const point = { time, value: series.points.get(time) }
    const previous = before
    before = point
    return previous && step(point.value, previous.value, (time - previous.time) / 1000)
  })
}

/** Returns what a series has at a moment, or what its gaps are filled with. */
function filler({ points }, filling) {
  if (filling !== 'REPEAT' && filling !== 'LINEAR') {
    if (isText(filling)) throw new SyntaxError(`it cannot fill with ${filling}`)
    return (time) => points.get(time) ?? valueAt(filling, time)
  }
  const known = [...points]
  let next = 0
  return (time) => {
    while (next < known.length && known[next][0] <= time) next++
    const [before, after] = [known[next - 1], known[next]]
    if (before === undefined || before[0] === time || filling === 'REPEAT') return before?.[1]
    if (after === undefined) return undefined
    const share = (time - before[0]) / (after[0] - before[0])
    return before[1] + share * (after[1] - before[1])
  }
}
