// Numbered records, for programs that write the number of their records to stdout.

import { writeSync } from 'node:fs'

/**
 * The number of series of a source. One is not enough, because the package keeps 1,500 distinct values of a series exactly.
 * All of them are known after as many records. A worker that is being terminated cannot record to unknown ones.
 */
const SERIES = 100

/** Writes the number of records that a source has made so far to stdout. */
export const tell = (source, count) => writeSync(1, `${source} ${count}\n`)

/** Writes a line to stdout that has to be the same with metrics off. It must not look like a line of `tell`. */
export const say = (text) => writeSync(1, `${text}\n`)

/**
 * Returns a function that makes a number of records, and returns how many it has made. The value of each record is its
 * number, from 1 on, over all calls.
 *
 * @param {{ recordCostCharged(value: number, labels: object): void }} metrics
 * @param {string} source the provider of its records
 * @param {(count: number) => void} [told] called after each record with the number so far
 * @param {number} [series] the number of series, among which the records take turns
 */
export function numbered(metrics, source, told = () => {}, series = SERIES) {
  let last = 0
  return (count) => {
    for (const end = last + count; last < end; ) {
      last++
      const tool = `tool-${last % series}`
      metrics.recordCostCharged(last, { provider: source, tool })
      told(last)
    }
    return last
  }
}
