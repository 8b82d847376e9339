/** Numbers and times as texts. Times are UTC. */

const exact = new Intl.NumberFormat('en', { maximumSignificantDigits: 15 })
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 4, notation: 'compact' })
/** Whichever shows more: 1,234,567.891 and 0.0014667. */
const rounded = new Intl.NumberFormat('en', {
  maximumFractionDigits: 3,
  maximumSignificantDigits: 5,
  roundingPriority: 'morePrecision',
})
const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const smallMoney = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
})

/** A figure as it is, unless it is very large or very small. */
export function figure(value) {
  if (value === undefined) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return value.toExponential(3)
  return rounded.format(value)
}

/** All digits of a figure. */
export const digits = (value) => (value === undefined ? '' : String(value))

/** A figure for an axis. */
export const tick = (value) =>
  Math.abs(value) < 1e-3 && value !== 0
    ? Number(value.toPrecision(3)).toExponential()
    : short.format(value)

export const dollars = (value) =>
  value > 0 && value < 0.1 ? smallMoney.format(value) : money.format(value)

export const count = (number, one, many = `${one}s`) =>
  `${exact.format(number)} ${number === 1 ? one : many}`

/** 14:05, or 14:05:09 with seconds. */
export const clock = (ms, seconds = false) =>
  new Date(ms).toISOString().slice(11, seconds ? 19 : 16)

/** 2026-01-15 14:05 */
export const moment = (ms, seconds = false) =>
  new Date(ms)
    .toISOString()
    .slice(0, seconds ? 19 : 16)
    .replace('T', ' ')

/** The numbers in a text, without digits that nobody reads. */
export const shortened = (text) => text.replace(/\d+\.\d{4,}/g, (digit) => figure(Number(digit)))

const SPANS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** Seconds as a text: a minute, 5 minutes. */
export function span(seconds) {
  const [size, unit] = SPANS.find(([length]) => seconds % length === 0)
  const number = seconds / size
  if (number === 1) return unit === 'hour' ? 'an hour' : `a ${unit}`
  return `${number} ${unit}s`
}

/** A text of at most so many characters, without its middle: alike beginnings often end differently. */
export function cut(text, length) {
  if (text.length <= length) return text
  const half = Math.floor((length - 1) / 2)
  return `${text.slice(0, half)}…${text.slice(-half)}`
}

export function bytes(number) {
  if (number < 1_024) return `${number} B`
  if (number < 1_048_576) return `${(number / 1_024).toFixed(1)} kB`
  return `${(number / 1_048_576).toFixed(1)} MB`
}
