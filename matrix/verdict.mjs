/** What a run under a fault has to show: nothing lost, and nothing doubled but where it had to be. */

import { isBalanced } from './balance.mjs'
import { compare, divide, mostCopies, sizeOf, together } from './tally.mjs'

/** Fewer would not be looking all along. */
const LEAST_SNAPSHOTS = 200

/**
 * @typedef {object} Result
 * @property {import('./tally.mjs').Tally} recorded roll-ups included
 * @property {Set<string>} [rollups] those of its series that are roll-ups
 * @property {import('./tally.mjs').Tally} arrived at CloudWatch
 * @property {import('./tally.mjs').Tally} arrivedUntold beside `arrived`, in requests whose answer was spoiled
 * @property {number} received requests that reached CloudWatch
 * @property {number} refused those among them that it refused
 * @property {number} met those among them that met the fault
 * @property {number} misstamped datums whose time is not that of their arrival, by the clock of CloudWatch
 * @property {number} [starved] series of which nothing had arrived when the recording ended
 * @property {import('../index.js').HostedKeyMetricsStats} stats at the end
 * @property {{ taken: number, unbalanced: number, first?: object }} snapshots
 * @property {{ code: number | null, signal: string | null, stderr: string }} end of the child
 *
 * @typedef {object} Figures
 * @property {number} recorded
 * @property {number} arrived
 * @property {number} dropped
 * @property {number} possiblyDuplicated as the package counts
 * @property {number} duplicated as CloudWatch has it
 * @property {number} requests
 * @property {number} snapshots
 */

/** What is told of records that are lost when the process ends. */
const LAST_WORDS = / lost at the end of the process: /

const sum = (numbers) => [...numbers].reduce((total, number) => total + number, 0)

/**
 * @param {Pick<import('./fault-list.mjs').MatrixFault, 'isKnown'> &
 *   Partial<import('./fault-list.mjs').MatrixFault>} fault
 * @param {Result} result
 * @returns {{ figures: Figures, problems: string[] }} no problem: all is as it has to be
 */
export function judge(fault, result) {
  const { rollups = new Set(), stats, snapshots, end } = result
  const [recorded, arrived, arrivedUntold] = ['recorded', 'arrived', 'arrivedUntold'].map(
    (name) => divide(result[name], rollups).others
  )
  const { received, refused, met, misstamped, starved } = result
  const { missing, surplus, foreign } = compare(recorded, arrived)
  const untold = sizeOf(arrivedUntold)
  const all = together(arrived, arrivedUntold)
  // Where nothing is ever acknowledged, the first copy of a record is untold too.
  const doubled = fault.isForever ? compare(recorded, all).surplus : surplus + untold
  const { possiblyDuplicated, requests, lastError } = stats
  const { rejected, ...others } = stats.dropped
  const dropped = sum(Object.values(stats.dropped))
  const waiting = stats.buffered + stats.inFlight
  const lackingOfCulprit = missing.get(fault.culprit) ?? 0
  const lost = sum(missing.values()) - lackingOfCulprit - waiting
  // Where CloudWatch went away, a record that came twice may stand in for one that was dropped.
  const hidden = fault.isApplied === undefined ? possiblyDuplicated : 0

  const problems = judgeRollups(fault, result, rollups)
  const check = (isFine, problem) => isFine || problems.push(problem)

  check(lost <= 0, `${lost} LOST`)
  check(lost >= 0, `${-lost} wait that have arrived`)
  check(fault.isForever || waiting === 0, `${waiting} still wait`)
  check(
    lackingOfCulprit <= rejected && rejected <= lackingOfCulprit + hidden,
    `${lackingOfCulprit} of the culprit lack, ${rejected} counted as rejected`
  )
  if (fault.culpritValue !== undefined) {
    const poisoned = recorded.get(fault.culprit).get(fault.culpritValue)
    check(rejected === poisoned, `${rejected} rejected, ${poisoned} poisoned`)
  }
  check(sum(Object.values(others)) === 0, `dropped: ${JSON.stringify(others)}`)
  check(foreign + compare(recorded, arrivedUntold).foreign === 0, 'records that nobody made')
  check(doubled <= possiblyDuplicated, `${doubled} DOUBLED, ${possiblyDuplicated} counted`)
  if (fault.isKnown)
    check(possiblyDuplicated === 0, `${possiblyDuplicated} called possible doubles`)
  if (fault.isApplied === false) check(doubled === 0, `${doubled} DOUBLED without need`)
  if (fault.isApplied === true) {
    check(surplus === 0, `${surplus} DOUBLED without need`)
    check(
      fault.isForever || untold === possiblyDuplicated,
      `${possiblyDuplicated} counted for ${untold} doubled`
    )
  }
  // What is sent again may be doubled. If nothing is ever known, a pass can be the last one that sends records.
  if (!fault.isKnown && !fault.isForever && fault.isApplied !== undefined) {
    check(possiblyDuplicated > 0, 'no possible double counted')
  }
  check(stats.recorded === sizeOf(recorded), `${stats.recorded} counted as recorded`)
  check(isBalanced(stats), 'the counters do not add up')
  check(snapshots.unbalanced === 0, `${snapshots.unbalanced} snapshots do not add up`)
  check(snapshots.taken >= LEAST_SNAPSHOTS, `only ${snapshots.taken} snapshots`)
  check(fault.isQuiet ? met > 0 : stats.retries > 0, 'the fault was not met')
  check(!fault.code || lastError?.code === fault.code, `last error ${lastError?.code}`)
  check(received <= requests, `${received} requests came, ${requests} counted`)
  const { mostRefused = refused, mostCopies: most } = fault
  check(refused <= mostRefused, `${refused} requests refused, ${mostRefused} allowed`)
  const copies = mostCopies(recorded, all)
  check(most === undefined || copies <= most, `${copies} COPIES of a record, ${most} allowed`)
  check(!fault.isFair || starved === 0, `${starved} series STARVED`)
  check(misstamped === 0, `${misstamped} datums with a wrong time`)
  const isWarning = (line) => line !== '' && !LAST_WORDS.test(line)
  const warnings = end.stderr.split('\n').filter(isWarning).length
  check((fault.warnings ?? warnings) === warnings, `${warnings} warnings`)
  check(end.code === 0, `ended by ${end.signal ?? end.code}`)

  const figures = {
    recorded: sizeOf(recorded),
    arrived: sizeOf(arrived) + untold,
    dropped,
    possiblyDuplicated,
    duplicated: doubled,
    requests,
    snapshots: snapshots.taken,
  }
  return { figures, problems }
}

/** What CloudWatch has acknowledged is in the roll-ups once. Duplicates of roll-ups are not counted. */
function judgeRollups({ isApplied }, { recorded, arrived, stats }, rollups) {
  if (rollups.size === 0) return []
  const [should, is] = [recorded, arrived].map((tally) => divide(tally, rollups).within)
  const { missing, surplus } = compare(should, is)
  const { stored, buffered, inFlight, dropped } = stats.rollups
  const problems = []
  const lost = sum(missing.values())
  if (lost > 0) problems.push(`${lost} of roll-ups LOST`)
  if (isApplied !== undefined && surplus > 0) problems.push(`${surplus} of roll-ups DOUBLED`)
  if (stored !== sizeOf(should)) problems.push(`${stored} counted as stored in roll-ups`)
  if (buffered + inFlight + dropped > 0) problems.push('roll-ups wait or were dropped')
  return problems
}
