/**
 * A workload over random definitions, and what CloudWatch must hold for it. The same seed gives the same definitions and
 * the same calls in every process.
 */

import fc from 'fast-check'
import { mulberry32 } from '../workload/random.mjs'
import { definitions, INHERITED } from './arbitrary.mjs'
import { datumsOf, metricsOf, storedValue } from './model.mjs'

const DEFINITIONS = 6
/** Of a metric: far fewer series than would be folded. */
const LABEL_SETS = 10
const MOST_SERIES = 1_000

/** Names, so that none is taken for a secret. */
const TEXTS = ['openai', 'EXA_KEY', 'eu', 'pro', 'success', '_overflow', 'a']
/** Recorded as their text: 1 and '1' are one series. */
const NOT_TEXT = [0, 1, '1', 42, true, 'true', false]
/** They leave the dimension out. */
const ABSENT = ['', '  ', null, undefined]

/** Fewer than the 1,500 that a series keeps exactly. */
const VALUES = [0, -0, 1, 1, 2, 0.1, 1e-6, 250_000, 2 ** 40, 1 / 3]
const NEGATIVE = [-1, -0.5, -250_000]
/** CloudWatch refuses them, and accepts zero. */
const TINY = [2 ** -361, 5e-324]

/**
 * @typedef {object} DefinedPart of what a process records
 * @property {number} definitions seed of the definitions, and of their labels
 * @property {number} seed of the calls
 * @property {number} calls
 * @property {boolean} [isComplete] whether no label is left out, so that no roll-up has the dimensions of a series
 * @property {boolean} [isPositive] whether no value is negative: CloudWatch tells no percentiles of such
 */

/** The definitions of a seed, with a namespace of its own each. @param {number} seed */
export function definitionsOf(seed) {
  const drawn = fc.sample(
    definitions({ keys: [...INHERITED, 'region', 'plan', 'key', 'a', 'b'] }),
    {
      seed,
      numRuns: DEFINITIONS,
    }
  )
  return drawn.map(({ maxSeries, namespace, ...definition }, at) => ({
    ...definition,
    namespace: `${at}/${namespace}`.slice(0, 255),
    // A few, so that the limit is there and is not met.
    ...(maxSeries && { maxSeries: MOST_SERIES }),
  }))
}

/**
 * @param {DefinedPart} part
 * @returns {Generator<{ definition: number, key: string, kind: string, value: number, labels?: object, isBound: boolean }>}
 */
export function* definedWorkload(part) {
  const { definitions: shared, seed, calls, isPositive = false, isComplete = false } = part
  const ofLabels = mulberry32(shared)
  const all = definitionsOf(shared).flatMap((definition, index) =>
    metricsOf(definition, {}).map((metric) => ({
      index,
      metric,
      sets: Array.from({ length: LABEL_SETS }, () => labelsOf(metric, isComplete, ofLabels)),
    }))
  )
  const random = mulberry32(seed)
  for (let call = 0; call < calls; call++) {
    const { index, metric, sets } = pick(all, random)
    yield {
      definition: index,
      key: metric.key,
      kind: metric.kind,
      value: drawnValue(metric, isPositive, random),
      labels: pick(sets, random),
      isBound: random() < 0.2,
    }
  }
}

function labelsOf({ labels: all, isOptional }, isComplete, random) {
  if (all.length === 0 || (isOptional && !isComplete && random() < 0.2)) return undefined
  const labels = {}
  for (const { key } of all) {
    const dice = random()
    if (dice < 0.06 && !isComplete) continue
    else if (dice < 0.14 && !isComplete) labels[key] = pick(ABSENT, random)
    else if (dice < 0.24) labels[key] = pick(NOT_TEXT, random)
    else labels[key] = pick(TEXTS, random)
  }
  // Callers spread whole objects into the labels.
  return random() < 0.2 ? { workspaceId: 'w-1', ...labels } : labels
}

function drawnValue({ kind }, isPositive, random) {
  const dice = random()
  if (dice < 0.05) return pick(TINY, random)
  return pick(dice < 0.2 && kind !== 'counter' && !isPositive ? NEGATIVE : VALUES, random)
}

/**
 * The datums that CloudWatch must hold for parts of a workload if each record is sent alone.
 *
 * @param {DefinedPart[]} parts
 * @param {Parameters<typeof metricsOf>[1]} process
 */
export function definedDatums(parts, process) {
  return parts.flatMap((part) => {
    const metrics = definitionsOf(part.definitions).map((one) => metricsOf(one, process))
    return [...definedWorkload(part)].flatMap(({ definition, key, value, labels = {} }) => {
      const metric = metrics[definition].find((one) => one.key === key)
      const texts = metric.labels.map((one) => [one.key, textOf(own(labels, one.key))])
      return datumsOf(metric, storedValue(metric, value), Object.fromEntries(texts))
    })
  })
}

const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined)

function textOf(label) {
  const text = String(label ?? '')
  return text.trim() === '' ? undefined : text
}

function pick(list, random) {
  return list[Math.floor(random() * list.length)]
}
