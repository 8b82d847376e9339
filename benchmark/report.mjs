// Medians, spreads and the Markdown that is printed.

export { table } from '../testkit/report.mjs'

/** Below this a difference is noise, and a ratio of it would say nothing. */
const SMALLEST = 1e-3

export const NONE = '–'

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Three significant digits, or whole from a hundred on; two below one. */
export function show(value) {
  if (value === undefined || !Number.isFinite(value)) return NONE
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)))
}

/** The median, and the least and the most of the rounds; a dash where nothing was measured. */
export function spread(samples) {
  const numbers = samples.filter(Number.isFinite)
  if (numbers.length === 0) return NONE
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)].map(show)
  const middle = show(median(numbers))
  return least === most ? middle : `${middle} (${least}–${most})`
}

/** How many times the median of `many` is that of `one`; undefined where that would say nothing. */
export function times(one, many) {
  if (one.length === 0 || many.length === 0) return undefined
  const [ours, theirs] = [median(one), median(many)]
  return ours > SMALLEST && theirs > SMALLEST ? theirs / ours : undefined
}

export function ratio(one, many) {
  const factor = times(one, many)
  return factor === undefined ? NONE : `${show(factor)}×`
}

/** Bytes as megabytes. */
export const megabytes = (bytes) => bytes / 1e6

/** A figure: a headline, the sentences below it, and its tables. */
export const section = (title, ...parts) => [`#### ${title}`, ...parts].join('\n\n')
