/**
 * Records as a multiset, series -> value -> count: what was recorded against what CloudWatch applied.
 */

import { definedDatums } from '../testkit/definitions/workload.mjs'
import { expectation, seriesOf } from '../testkit/workload/recorders.mjs'
import { workload } from '../testkit/workload/workload.mjs'

/** The `Environment` dimension that the children record under. */
export const ENVIRONMENT = 'test'

/** The namespace of the eight metrics. */
const NAMESPACE = 'Sim/HostedKey'

/** @typedef {Map<string, Map<number, number>>} Tally */

/** @param {Tally} tally */
function add(tally, series, value, count) {
  let counts = tally.get(series)
  if (!counts) {
    counts = new Map()
    tally.set(series, counts)
  }
  counts.set(value, (counts.get(value) ?? 0) + count)
}

/**
 * What the calls of a workload record, found by making them again, so that nobody has to keep them. Parts of random
 * definitions are recorded in their roll-ups too.
 *
 * @param {(import('../testkit/workload/workload.mjs').Part |
 *   import('../testkit/definitions/workload.mjs').DefinedPart)[]} parts
 * @returns {Tally}
 */
export function recordedBy(parts) {
  const tally = new Map()
  for (const part of parts) {
    if (part.definitions !== undefined) {
      for (const datum of datumsOf(part)) add(tally, nameOf(datum), datum.value + 0, 1)
      continue
    }
    for (const call of workload(part)) {
      const record = expectation(call, ENVIRONMENT)
      if (record) add(tally, seriesOf(record), record.value, 1)
    }
  }
  return tally
}

const datumsOf = (part) => definedDatums([part], { environment: ENVIRONMENT })

/** The series of parts of a workload that are roll-ups. */
export function rollupsOf(parts) {
  const defined = parts.filter(({ definitions }) => definitions !== undefined)
  const rollups = defined.flatMap((part) => datumsOf(part).filter(({ isRollup }) => isRollup))
  return new Set(rollups.map(nameOf))
}

/** The name of a series of any namespace. That of the eight metrics is left out. */
function nameOf({ namespace = NAMESPACE, ...series }) {
  return namespace === NAMESPACE ? seriesOf(series) : `${namespace} ${seriesOf(series)}`
}

/** The name of a datum's series, as `seriesOf` names it. `Namespace` is that of the request. */
export function seriesOfDatum({ Namespace, MetricName, Unit, Dimensions = [] }) {
  const dimensions = Dimensions.map(({ Name, Value }) => [Name, Value])
  return nameOf({ namespace: Namespace, metricName: MetricName, unit: Unit, dimensions })
}

/** Divides a tally: the series of a set, and all others. @param {Tally} tally @param {Set<string>} set */
export function divide(tally, set) {
  const [within, others] = [true, false].map(
    (isWithin) => new Map([...tally].filter(([series]) => set.has(series) === isWithin))
  )
  return { within, others }
}

/**
 * What is in datums as they are sent.
 *
 * @param {{ MetricName: string, Unit: string, Dimensions: { Name: string, Value: string }[],
 *   Values: number[], Counts: number[] }[]} datums
 * @returns {Tally}
 */
export function tallyOf(datums) {
  const tally = new Map()
  for (const datum of datums) {
    const series = seriesOfDatum(datum)
    for (const [index, value] of datum.Values.entries()) {
      add(tally, series, value, datum.Counts[index])
    }
  }
  return tally
}

/**
 * @param {Tally[]} tallies
 * @returns {Tally} their sum
 */
export function together(...tallies) {
  const all = new Map()
  for (const tally of tallies) {
    for (const [series, counts] of tally) {
      for (const [value, count] of counts) add(all, series, value, count)
    }
  }
  return all
}

/**
 * The most often that a record arrived. Records of one value share their copies evenly: the figure is exact for the
 * values that were recorded once, as most costs are.
 *
 * @param {Tally} recorded
 * @param {Tally} arrived
 */
export function mostCopies(recorded, arrived) {
  let most = 0
  for (const [series, counts] of recorded) {
    for (const [value, count] of counts) {
      most = Math.max(most, Math.ceil((arrived.get(series)?.get(value) ?? 0) / count))
    }
  }
  return most
}

/** How many records a tally holds. @param {Tally} tally */
export function sizeOf(tally) {
  let size = 0
  for (const counts of tally.values()) {
    for (const count of counts.values()) size += count
  }
  return size
}

/**
 * Compares value by value, so that a record too many of one never makes up for a missing one of another.
 *
 * @param {Tally} recorded
 * @param {Tally} arrived
 * @returns {{ missing: Map<string, number>, surplus: number, foreign: number }} records that did not
 *   arrive, by series; that arrived once more than recorded; and that nobody recorded
 */
export function compare(recorded, arrived) {
  const missing = new Map()
  let surplus = 0
  let foreign = 0
  for (const [series, counts] of recorded) {
    let lacking = 0
    for (const [value, count] of counts) {
      const came = arrived.get(series)?.get(value) ?? 0
      lacking += Math.max(0, count - came)
      surplus += Math.max(0, came - count)
    }
    if (lacking > 0) missing.set(series, lacking)
  }
  for (const [series, counts] of arrived) {
    for (const [value, count] of counts) {
      if (!recorded.get(series)?.has(value)) foreign += count
    }
  }
  return { missing, surplus, foreign }
}
