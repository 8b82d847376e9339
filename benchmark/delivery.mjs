// Whether what was recorded is what the sink received. A figure of a side that loses records is worth nothing.

// Sums are added up in another order at the sink.
const RELATIVE_ERROR = 1e-9

/** @returns {string[]} what is wrong; empty when everything arrived */
export function shortfalls({ records, expected, dropped, received }, { mayDrop = false } = {}) {
  const points = Object.values(received.totals).reduce((sum, total) => sum + total.points, 0)
  if (dropped > 0) {
    const lost = mayDrop ? [] : [`${dropped} of ${records} records were dropped`]
    if (points + dropped !== records) {
      lost.push(`${points} arrived and ${dropped} were dropped of ${records}`)
    }
    return lost
  }
  return Object.entries(expected).flatMap(([metric, { points, sum }]) => {
    const arrived = received.totals[metric] ?? { points: 0, sum: 0 }
    const isSame =
      arrived.points === points && Math.abs(arrived.sum - sum) <= RELATIVE_ERROR * Math.abs(sum)
    if (isSame) return []
    return [`${metric}: ${arrived.points} points, sum ${arrived.sum}; not ${points}, sum ${sum}`]
  })
}
