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

/** All series of a process. Above `maxSeries`, new ones are folded. */
export class Series {
  /** Series and roll-ups by their names, each with the labels of its roll-ups. */
  #known = new Map()
  #counted = new Map()
  #foldings = new Set()
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

    const before = this.#billed()
    const { own, rollups, isFolded } = this.#resolve(metric, made.cleaned)
    const after = this.#billed()
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
        series: after.all - before.all,
        'rollups.series': after.rollups - before.rollups,
        'rollups.stored': rollups.length,
        'rollups.applied': rollups.length,
      },
    }
  }

  #resolve(metric, labels) {
    const known = this.#known.get(nameOf(metric, labels, false))
    if (known) return { own: labels, rollups: known.rollups, isFolded: false }
    const rollups = this.#rollups(metric, labels)
    const own = metric.labels.map((_, at) => [at, OVERFLOW])
    const isCounted = this.#hasRoom(metric)
    // A metric without dimensions has nothing to fold.
    if (isCounted || JSON.stringify(own) === JSON.stringify(labels)) {
      this.#add(metric, labels, { isRollup: false, isCounted, rollups })
      return { own: labels, rollups, isFolded: false }
    }
    const overflow = this.#known.get(nameOf(metric, own, false)) ?? this.#addOverflow(metric, own)
    const folding = JSON.stringify([metric.namespace, metric.metricName, rollups])
    const isSame = JSON.stringify(overflow.rollups) === JSON.stringify(rollups)
    // There are at most as many sets of roll-ups for folded labels as there are series.
    if (!isSame && !this.#foldings.has(folding)) {
      if (this.#foldings.size >= this.#maxSeries) {
        return { own, rollups: overflow.rollups, isFolded: true }
      }
      this.#foldings.add(folding)
    }
    return { own, rollups, isFolded: true }
  }

  #addOverflow(metric, own) {
    const rollups = this.#rollups(metric, own)
    return this.#add(metric, own, { isRollup: false, isCounted: false, rollups })
  }

  /** The labels of the roll-ups of a record, which are made before its series. */
  #rollups(metric, labels) {
    const lists = metric.rollups
      .map((set) => labels.filter(([at]) => set.has(metric.labels[at].key)))
      .filter((list) => list.length < labels.length)
    const distinct = new Map(lists.map((list) => [JSON.stringify(list), list]))
    return [...distinct.values()].map((list) => this.#rollup(metric, list))
  }

  #rollup(metric, labels) {
    const folded = labels.map(([at]) => [at, OVERFLOW])
    const isFolded = JSON.stringify(labels) === JSON.stringify(folded)
    if (this.#known.has(nameOf(metric, labels, true))) return labels
    if (!isFolded && this.#hasRoom(metric)) {
      this.#add(metric, labels, { isRollup: true, isCounted: true, rollups: [] })
      return labels
    }
    if (!this.#known.has(nameOf(metric, folded, true))) {
      this.#add(metric, folded, { isRollup: true, isCounted: false, rollups: [] })
    }
    return folded
  }

  #hasRoom(metric) {
    const own = this.#counted.get(keyOf(metric)) ?? 0
    const all = [...this.#counted.values()].reduce((sum, count) => sum + count, 0)
    return all < this.#maxSeries && own < metric.maxSeries
  }

  /** For CloudWatch, a series and a roll-up of the same dimensions are one. */
  #add(metric, labels, { isRollup, isCounted, rollups }) {
    const isNew = !this.#known.has(nameOf(metric, labels, !isRollup))
    if (isNew && isCounted) {
      this.#counted.set(keyOf(metric), (this.#counted.get(keyOf(metric)) ?? 0) + 1)
    }
    const added = { rollups, billed: nameOf(metric, labels), isRollup }
    this.#known.set(nameOf(metric, labels, isRollup), added)
    return added
  }

  #billed() {
    const all = new Set()
    const own = new Set()
    for (const { billed, isRollup } of this.#known.values()) {
      all.add(billed)
      if (!isRollup) own.add(billed)
    }
    return { all: all.size, rollups: all.size - own.size }
  }
}

const refused = (reason) => ({ datums: [], moved: { recorded: 1, [`dropped.${reason}`]: 1 } })

const keyOf = ({ namespace, metricName }) => JSON.stringify([namespace, metricName])

/** The name of a series or of a roll-up; without `isRollup`, of what CloudWatch bills. */
const nameOf = (metric, labels, isRollup = null) =>
  JSON.stringify([keyOf(metric), labels, isRollup])
