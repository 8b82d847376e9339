/** Runs the faults, a few at once, and judges them. */

import { FAULTS } from './fault-list.mjs'
import { report } from './fault-report.mjs'
import { runFault } from './fault-run.mjs'
import { judge } from './verdict.mjs'

/** Children at once. */
const LANES = 3

async function row(fault) {
  const began = performance.now()
  try {
    const result = await runFault(fault)
    const { figures, problems } = judge(fault, result)
    if (problems.length) process.stderr.write(`${result.end.stderr}\n`)
    return { fault, figures, problems }
  } catch (error) {
    return { fault, problems: [String(error?.stack ?? error)] }
  } finally {
    const seconds = Math.round((performance.now() - began) / 1_000)
    process.stderr.write(`${fault.name}: ${seconds} s\n`)
  }
}

/** @returns {Promise<number>} the exit code */
export async function runMatrix() {
  const rows = new Array(FAULTS.length)
  const waiting = FAULTS.entries()
  const lane = async () => {
    for (const [index, fault] of waiting) rows[index] = await row(fault)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const snapshots = rows.reduce((sum, { figures }) => sum + (figures?.snapshots ?? 0), 0)
  console.log(`\n${report(rows)}`)
  console.log(`\nSnapshots of the counters, each of which has to add up: ${snapshots}.`)
  return rows.some(({ problems }) => problems.length > 0) ? 1 : 0
}
