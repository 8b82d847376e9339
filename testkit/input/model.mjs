/**
 * What a call of a recorder has to do, whatever its arguments are: the record that has to arrive, and the counters that
 * have to move. It follows the documented behaviour and does not use the package. `workload/recorders.mjs` has what a
 * call with good arguments stands for.
 */

import { createHash } from 'node:crypto'
import { expectation, METRICS } from '../workload/recorders.mjs'
import { labelsOf, numberOf, REFUSED, textOf } from './hostile-values.mjs'
import { SECRETS } from './secrets.mjs'

export const RECORDERS = Object.keys(METRICS)

/** Recorders that take a value before the labels. */
export const VALUED = RECORDERS.filter((recorder) => METRICS[recorder].value !== undefined)

/** The names of the labels that a recorder reads. */
export const labelNames = (recorder) => METRICS[recorder].labels

/** Range of an absolute value that is not zero. */
export const MAX_VALUE = 2 ** 360
export const MIN_VALUE = 2 ** -360
/** Characters of a label, and those that are read of a longer one. */
const MAX_LENGTH = 1_024
const MAX_READ = 4_096
const OVERFLOW = '_overflow'
const REDACTED = '[redacted]'

const KNOWN_SECRETS = new Set(SECRETS.map(({ secret }) => secret))

/**
 * Whether a text given as `key` could be a secret. Of texts that could be a name, the model knows only those of
 * `secrets.mjs` and long numbers. Any other must be a name, or too short to tell.
 */
export function isSecret(given) {
  const text = readable(given)
  return KNOWN_SECRETS.has(given) || /^\d{16,}$/.test(text) || !/^\w*$/.test(text)
}

/** What is read of a text: a long one is told apart by its length as well. */
function readable(text) {
  if (text.length <= MAX_READ) return text
  const read = text.slice(0, MAX_READ)
  return /^ *$/.test(read) ? '' : `${read}${text.length}`
}

/** The first 16 digits of the SHA-256 of a text. Surrogates that have no UTF-8 are written as private characters. */
function hash(text) {
  const characters = Array.from(text, (character) => {
    const point = character.codePointAt(0)
    if (point === 0xfffe) return '\ufffe\ufffe'
    const isUnpaired = point >= 0xd800 && point <= 0xdfff
    return isUnpaired ? `\ufffe${String.fromCodePoint(0xf0000 + point)}` : character
  })
  return createHash('sha256').update(characters.join(''), 'utf8').digest('hex').slice(0, 16)
}

/** A label as CloudWatch takes it, and whether it had to be changed; '' leaves the dimension out. */
export function clean(name, given) {
  const text = readable(given)
  if (/^ *$/.test(text)) return { label: '', isChanged: false }
  if (name === 'key' && isSecret(given)) return { label: REDACTED, isChanged: true }
  const isKept = text.length <= MAX_LENGTH && /^[ -~]*$/.test(text) && !/~[0-9a-f]{16}$/.test(text)
  if (isKept) return { label: text, isChanged: false }
  const end = `~${hash(text)}`
  const start = text.replace(/[^ -~]+/g, '?').slice(0, MAX_LENGTH - end.length)
  return { label: start + end, isChanged: true }
}

/** Counters that a call moves, all others staying as they are. */
const counters = (moved) => ({ moved })

function argumentsOf({ recorder, args }) {
  if (!VALUED.includes(recorder)) return { value: 1, labels: args[0] }
  return { value: numberOf(args[0]), labels: args[1] }
}

const isValue = (value) => Math.abs(value) <= MAX_VALUE
const isNothing = (recorder, value) => recorder === 'recordCostCharged' && value < MIN_VALUE

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
  // A wait that is negative, or too small for CloudWatch, is recorded as zero.
  const recordable = value >= MIN_VALUE ? value : 0
  let isSanitized = recordable !== value
  let isRedacted = false
  for (const name of labelNames(recorder)) {
    const text = textOf(given[name])
    if (text === REFUSED) return refused
    const { label, isChanged } = clean(name, text ?? '')
    labels[name] = label
    isSanitized ||= isChanged
    isRedacted ||= label === REDACTED && isChanged
  }
  const record = expectation({ recorder, args: [recordable, labels] }, environment)
  const moved = { recorded: 1, buffered: 1, sanitized: Number(isSanitized) }
  return { ...counters(moved), record, isRedacted }
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
    const overflow = this.#folded(call.recorder, record.value)
    // Labels that name the overflow series are stored there, and take no room.
    const isOverflow = identity(record) === identity(overflow)
    const isNew = !isOverflow && !this.#names.has(identity(record))
    const isFolded = isNew && this.#distinct >= this.#maxSeries
    if (isNew && !isFolded) this.#distinct++
    const arriving = isFolded ? overflow : record
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

export const present = (moved) =>
  Object.fromEntries(Object.entries(moved).filter(([, by]) => by !== 0))

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
