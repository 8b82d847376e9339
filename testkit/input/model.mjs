/**
 * What a call of a recorder has to do, whatever its arguments are: the record that has to arrive, and the counters that
 * have to move. It follows the documented behaviour and does not use the package. `workload/recorders.mjs` has what a
 * call with good arguments stands for.
 */

import { expectation, METRICS } from '../workload/recorders.mjs'
import { labelsOf, numberOf, REFUSED, textOf } from './hostile-values.mjs'

export const RECORDERS = Object.keys(METRICS)

/** Recorders that take a value before the labels. */
export const VALUED = RECORDERS.filter((recorder) => METRICS[recorder].value !== undefined)

/** The names of the labels that a recorder reads. */
export const labelNames = (recorder) => METRICS[recorder].labels

/** Range of a value. */
const MAX_VALUE = 2 ** 360
/** Characters of a label. */
const MAX_LENGTH = 1_024
const OVERFLOW = '_overflow'
const REDACTED = '[redacted]'

/** Prefixes of credentials. */
const SECRET_BEGINS = new RegExp(
  `^(${[
    ...['sk-', 'sk_', 'pk-', 'pk_', 'rk_', 'whsec_', 'AKIA', 'ASIA', 'AIza', 'ya29', 'xox', 'eyJ'],
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat', 'hf_', 'gsk_', 'npm_'],
    ...['r8_', 'dop_v1_'],
  ].join('|')})`
)

/** Whether a text given as `key` could be a secret. */
export function isSecret(text) {
  const isMixed = text.length >= 20 && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)
  return isMixed || SECRET_BEGINS.test(text) || !/^\w*$/.test(text)
}

/** A label as CloudWatch takes it, and whether it had to be changed; '' leaves the dimension out. */
function clean(name, text) {
  if (/^ *$/.test(text)) return { label: '', isChanged: false }
  if (name === 'key' && isSecret(text)) return { label: REDACTED, isChanged: true }
  const kept = [...text.replace(/^:+/, '')].slice(0, MAX_LENGTH)
  const label = kept.map((character) => (/^[ -~]$/.test(character) ? character : '?')).join('')
  return { label, isChanged: label !== text }
}

/** Counters that a call moves, all others staying as they are. */
const counters = (moved) => ({ moved })

function argumentsOf({ recorder, args }) {
  if (!VALUED.includes(recorder)) return { value: 1, labels: args[0] }
  return { value: numberOf(args[0]), labels: args[1] }
}

const isValue = (value) => Math.abs(value) <= MAX_VALUE
const isNothing = (recorder, value) => recorder === 'recordCostCharged' && value <= 0

/** The labels that a call reads; `undefined` when its value is refused first. */
export function labelsRead(call) {
  const { value, labels } = argumentsOf(call)
  return isValue(value) && !isNothing(call.recorder, value) ? labels : undefined
}

/**
 * What a call does, but for the limit on series.
 *
 * @param {{ recorder: string, args: object[] }} call of specs, see `hostile-values.mjs`
 * @param {string} environment
 * @returns {{ record?: object, moved: Record<string, number>, isRedacted?: boolean }}
 */
export function effect({ recorder, args }, environment) {
  const { value, labels: spec } = argumentsOf({ recorder, args })
  if (!isValue(value)) return counters({ recorded: 1, 'dropped.invalidValue': 1 })
  if (isNothing(recorder, value)) return counters({})

  const given = labelsOf(spec)
  const refused = counters({ recorded: 1, 'dropped.invalidLabel': 1 })
  if (given === REFUSED) return refused
  const labels = {}
  // What had to be changed: the value, and the labels.
  let sanitized = value < 0 ? 1 : 0
  let isRedacted = false
  let areChanged = false
  for (const name of labelNames(recorder)) {
    const text = textOf(given[name])
    if (text === REFUSED) return refused
    const { label, isChanged } = clean(name, text ?? '')
    labels[name] = label
    areChanged ||= isChanged
    isRedacted ||= label === REDACTED && isChanged
  }
  if (areChanged) sanitized++
  const record = expectation({ recorder, args: [value, labels] }, environment)
  return { ...counters({ recorded: 1, buffered: 1, sanitized }), record, isRedacted }
}

/** The part that depends on earlier calls: above `maxSeries`, the new series of a metric are folded into one. */
export class SeriesModel {
  #names = new Set()
  #distinct = 0
  #maxSeries
  #environment

  constructor(maxSeries, environment) {
    this.#maxSeries = maxSeries
    this.#environment = environment
  }

  /** The effect of a call, which the model keeps. */
  effect(call) {
    const { record, moved, ...rest } = effect(call, this.#environment)
    if (record === undefined) return { moved: present(moved), ...rest }
    const before = this.#names.size
    const isNew = !this.#names.has(identity(record))
    const isFolded = isNew && this.#distinct >= this.#maxSeries
    if (isNew && !isFolded) this.#distinct++
    const arriving = isFolded ? this.#folded(call.recorder, record.value) : record
    this.#names.add(identity(arriving))
    const series = this.#names.size - before
    const all = { ...moved, series, overflowedSeries: Number(isFolded) }
    return { record: arriving, moved: present(all), ...rest }
  }

  #folded(recorder, value) {
    const labels = Object.fromEntries(labelNames(recorder).map((name) => [name, OVERFLOW]))
    return { ...expectation({ recorder, args: [1, labels] }, this.#environment), value }
  }
}

/** JSON, because a label can hold the separators of a readable name. */
const identity = ({ metricName, dimensions }) => JSON.stringify([metricName, dimensions])

const present = (moved) => Object.fromEntries(Object.entries(moved).filter(([, by]) => by !== 0))

/** The fields that differ between two stats: a number by its difference, another value by both. */
export function movement(before, after, path = '') {
  const moved = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]]
    if (typeof was === 'object' && was !== null && typeof is === 'object' && is !== null) {
      Object.assign(moved, movement(was, is, `${path}${name}.`))
    } else if (typeof was === 'number' && typeof is === 'number') {
      if (is !== was) moved[path + name] = is - was
    } else if (was !== is) {
      moved[path + name] = [was, is]
    }
  }
  return moved
}
