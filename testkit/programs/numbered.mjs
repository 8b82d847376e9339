// Numbered records, for programs that tell on stdout how many they have made.

import { writeSync } from 'node:fs'

/** Tells on stdout how many records a source has made so far. */
export const tell = (source, count) => writeSync(1, `${source} ${count}\n`)

/**
 * Gives a function that makes so many records; they are numbered from 1 on by their values, across its calls.
 *
 * @param {{ recordCostCharged(value: number, labels: object): void }} metrics
 * @param {string} source the provider of its records
 * @param {(count: number) => void} told of the number so far, after each record
 */
export function numbered(metrics, source, told = () => {}) {
  let last = 0
  return (count) => {
    for (const end = last + count; last < end; ) {
      last++
      const tool = `tool-${Math.floor(last / 1_000)}`
      metrics.recordCostCharged(last, { provider: source, tool })
      told(last)
    }
    return last
  }
}
