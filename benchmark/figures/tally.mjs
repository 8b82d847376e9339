// What was recorded in several parts, so that the delivery can be checked.

export class Tally {
  #records = 0
  #expected = {}

  /** @param {Record<string, { points: number, sum: number }>} totals by metric */
  add(totals) {
    for (const [metric, { points, sum }] of Object.entries(totals)) {
      this.#expected[metric] ??= { points: 0, sum: 0 }
      this.#expected[metric].points += points
      this.#expected[metric].sum += sum
      this.#records += points
    }
  }

  recordedBy(side) {
    return { records: this.#records, expected: this.#expected, dropped: side.dropped() }
  }
}
