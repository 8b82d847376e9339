// Medians, spreads and the Markdown that is printed.

/** Below this a difference is noise, and a ratio of it would say nothing. */
const SMALLEST = 1e-3

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Three significant digits, or whole from a hundred on. */
function show(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)))
}

/** The median, and the least and the most of the rounds. */
function spread(samples) {
  const [least, most] = [Math.min(...samples), Math.max(...samples)].map(show)
  const middle = show(median(samples))
  return least === most ? middle : `${middle} (${least}–${most})`
}

/** How many times the peer's median is the native one. */
function ratio(native, peer) {
  const [ours, theirs] = [median(native), median(peer)]
  return ours > SMALLEST && theirs > SMALLEST ? `${show(theirs / ours)}×` : '–'
}

/** @param {{ figure: string, native: number[], peer: number[] }[]} rows */
export function comparison(rows) {
  return table(
    ['figure', 'native', 'one datum per record', 'ratio'],
    rows.map(({ figure, native, peer }) => [
      figure,
      spread(native),
      spread(peer),
      ratio(native, peer),
    ])
  )
}

/** @param {{ figure: string, samples: number[] }[]} rows */
export function baselines(rows) {
  return table(
    ['for comparison', 'median (least–most)'],
    rows.map(({ figure, samples }) => [figure, spread(samples)])
  )
}

/** Markdown: the first column is text, the others are to the right. */
export function table(head, rows) {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
