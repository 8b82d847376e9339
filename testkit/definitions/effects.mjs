/**
 * What a call of a defined recorder has to do, whatever its arguments are and however many series there are: the datums
 * that have to arrive, and the counters that have to move. It follows the documented behaviour and does not use the package.
 */

import { labelsOf, numberOf, REFUSED, textOf } from '../input/hostile-values.mjs'
import { clean } from '../input/model.mjs'
import { datum, storedValue } from './model.mjs'

const MAX_VALUE = 2 ** 360
const OVERFLOW = '_overflow'

/** @typedef {import('./model.mjs').DefinedMetric} DefinedMetric */

/**
 * The labels of a call as CloudWatch takes them, without those that are left out, or REFUSED.
 *
 * @param {DefinedMetric} metric
 * @param {object | undefined} spec
 */
function cleanLabels({ labels, isOptional }, spec) {
  if (labels.length === 0) return { cleaned: [], isChanged: false }
  const isNothing = spec === undefined || ['undefined', 'null'].includes(spec.kind)
  const given = isNothing && isOptional ? {} : labelsOf(spec)
  if (given === REFUSED) return REFUSED
  const texts = labels.map(({ key }) => textOf(Object.hasOwn(given, key) ? given[key] : undefined))
  if (texts.includes(REFUSED)) return REFUSED
  const all = labels.map(({ isGuarded }, at) =>
    clean(isGuarded ? 'key' : 'a name', texts[at] ?? '')
  )
  return {
    cleaned: all.flatMap(({ label }, at) => (label === '' ? [] : [[at, label]])),
    isChanged: all.some(({ isChanged }) => isChanged),
  }
}

/** What a process may have: past `maxSeries`, labels that it does not have are folded. */
export class Series {
  /** By metric, the labels that count towards a maximum. */
  #counted = new Map()
  /** What CloudWatch bills. A roll-up and a series with the same labels are one. */
  #billed = new Set()
  #rollups = new Set()
  #maxSeries

  constructor(maxSeries) {
    this.#maxSeries = maxSeries
  }

  /**
   * @param {DefinedMetric} metric
   * @param {{ value: object, labels?: object }} call of specs, see `input/hostile-values.mjs`
   * @returns {{ datums: ReturnType<typeof datum>[], moved: Record<string, number> }}
   */
  effect(metric, { value: spec, labels }) {
    const value = numberOf(spec)
    const least = metric.kind === 'counter' ? 0 : -MAX_VALUE
    if (!(value >= least && value <= MAX_VALUE)) return refused('invalidValue')
    const made = cleanLabels(metric, labels)
    if (made === REFUSED) return refused('invalidLabel')

    const [series, rollupSeries] = [this.#billed.size, this.#rollups.size]
    const { own, rollups, isFolded } = this.#place(metric, made.cleaned)
    const stored = storedValue(metric, value)
    const named = (labels) => labels.map(([at, text]) => [metric.labels[at].name, text])
    return {
      datums: [
        datum(metric, stored, named(own), false),
        ...rollups.map((labels) => datum(metric, stored, named(labels), true)),
      ],
      moved: {
        recorded: 1,
        applied: 1,
        sanitized: Number(made.isChanged || stored !== value),
        overflowedSeries: Number(isFolded),
        series: this.#billed.size - series,
        'rollups.series': this.#rollups.size - rollupSeries,
        'rollups.stored': rollups.length,
        'rollups.applied': rollups.length,
      },
    }
  }

  /** Roll-ups come first. If all labels are in the set of a roll-up, it is stored only if they are folded. */
  #place(metric, labels) {
    const rollups = new Map()
    const sets = setsOf(metric)
    const within = (set) => labels.filter(([at]) => set.includes(at))
    const isSmaller = (set) => within(set).length < labels.length
    const addRollups = (sets) => {
      for (const set of sets) {
        const { placed } = this.#fold(metric, within(set), set)
        this.#rollups.add(nameOf(metric, placed))
        rollups.set(JSON.stringify(placed), placed)
      }
    }
    addRollups(sets.filter(isSmaller))
    const { placed: own, isFolded } = this.#fold(metric, labels, [...metric.labels.keys()])
    if (isFolded) addRollups(sets.filter((set) => !isSmaller(set)))
    return { own, rollups: [...rollups.values()], isFolded }
  }

  /** Returns the labels or, if they cannot have a series, those of the overflow series of a set of dimensions. */
  #fold(metric, labels, set) {
    const isFolded = !this.#mayHave(metric, labels)
    const placed = isFolded ? set.map((at) => [at, OVERFLOW]) : labels
    this.#billed.add(nameOf(metric, placed))
    return { placed, isFolded }
  }

  #mayHave(metric, labels) {
    if (isOverflow(metric, labels)) return true
    const own = this.#counted.get(keyOf(metric)) ?? new Set()
    this.#counted.set(keyOf(metric), own)
    const all = [...this.#counted.values()].reduce((sum, { size }) => sum + size, 0)
    const hasRoom = all < this.#maxSeries && own.size < metric.maxSeries
    if (hasRoom) own.add(JSON.stringify(labels))
    return own.has(JSON.stringify(labels))
  }
}

/** The positions of the dimensions of each roll-up that has not all of them. */
function setsOf({ labels, rollups }) {
  const sets = rollups.map((keys) => [...labels.keys()].filter((at) => keys.has(labels[at].key)))
  return sets.filter((set) => set.length < labels.length)
}

/** A metric and each of its roll-ups have one series that does not count: all of its dimensions are overflow. */
function isOverflow(metric, labels) {
  const positions = JSON.stringify(labels.map(([at]) => at))
  const sets = [[...metric.labels.keys()], ...setsOf(metric)]
  return (
    labels.every(([, text]) => text === OVERFLOW) &&
    sets.some((set) => JSON.stringify(set) === positions)
  )
}

const refused = (reason) => ({ datums: [], moved: { recorded: 1, [`dropped.${reason}`]: 1 } })

const keyOf = ({ namespace, metricName }) => JSON.stringify([namespace, metricName])

const nameOf = (metric, labels) => JSON.stringify([keyOf(metric), labels])
