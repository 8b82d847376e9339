/** Runs the faults, a few at once, and judges them. */

import { FAULTS } from './fault-list.mjs'
import { report } from './fault-report.mjs'
import { runFault } from './fault-run.mjs'
import { judge } from './verdict.mjs'

/** Children at once. */
const LANES = 3

async function row(fault, run) {
  try {
    const result = await run(fault)
    const { figures, problems } = judge(fault, result)
    if (problems.length) process.stderr.write(`${result.end.stderr}\n`)
    return { fault, figures, problems }
  } catch (error) {
    return { fault, problems: [String(error)] }
  }
}

/**
 * @param {object} [options]
 * @param {import('./fault-list.mjs').MatrixFault[]} [options.faults]
 * @param {string} [options.only] part of the names of the rows to run; default: all but those on demand
 * @param {typeof runFault} [options.run]
 * @param {(name: string, seconds: number) => void} [options.onRow] called as each row is done
 * @returns {Promise<{ text: string, exitCode: 0 | 1 }>}
 */
export async function runMatrix({ faults = FAULTS, only, run = runFault, onRow } = {}) {
  const chosen = faults.filter(({ name, isOnDemand }) =>
    only === undefined ? !isOnDemand : name.includes(only)
  )
  if (chosen.length === 0) throw new Error(`no fault has ${only} in its name`)
  const rows = []
  const waiting = chosen.entries()
  const lane = async () => {
    for (const [index, fault] of waiting) {
      const began = performance.now()
      rows[index] = await row(fault, run)
      onRow?.(fault.name, (performance.now() - began) / 1_000)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const snapshots = rows.reduce((sum, { figures }) => sum + (figures?.snapshots ?? 0), 0)
  const isWrong = rows.some(({ problems }) => problems.length > 0)
  const text = `${report(rows)}\n\n${snapshots} snapshots of the counters were taken meanwhile.`
  return { text, exitCode: isWrong ? 1 : 0 }
}
