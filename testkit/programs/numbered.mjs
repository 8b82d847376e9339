// Numbered records, for programs that tell on stdout how many they have made.

import { writeSync } from 'node:fs'

/**
 * The records of a source are spread over so many series, because the package keeps 1,500 distinct values of each. All of
 * them are known after as many records: a worker that is being terminated cannot record to others.
 */
const SERIES = 100

/** Tells on stdout how many records a source has made so far. */
export const tell = (source, count) => writeSync(1, `${source} ${count}\n`)

/** Writes a line to stdout that has to be the same with metrics off. It is not a name and a number. */
export const say = (text) => writeSync(1, `${text}\n`)

/**
 * Gives a function that makes so many records; they are numbered from 1 on by their values, across its calls.
 *
 * @param {{ recordCostCharged(value: number, labels: object): void }} metrics
 * @param {string} source the provider of its records
 * @param {(count: number) => void} [told] of the number so far, after each record
 * @param {number} [series] among which the records take turns
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
