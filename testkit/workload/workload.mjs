/**
 * A workload over the eight recorders, and what CloudWatch must hold for it. The same seed gives the same
 * calls in every process.
 */

import { mulberry32 } from './random.mjs'
import { expectation, METRICS, seriesOf } from './recorders.mjs'

const TEXTS = {
  provider: ['openai', 'anthropic', 'exa', 'google/vertex', 'fal.ai'],
  tool: ['chat', 'image:generate', 'deep research', 'embed', 'search'],
  key: ['OPENAI_API_KEY', 'OPENAI_API_KEY_2', 'EXA_KEY', 'anthropic_key_1'],
}
const REASONS = {
  recordFailed: ['rate_limited', 'auth', 'other', 'metering'],
  recordThrottled: ['billing_actor_limit', 'upstream_retries_exhausted'],
}
const QUEUE_REASONS = ['actor_requests', 'dimension', 'queue_position']

/** Left out, as is a label that is missing. */
const ABSENT = ['', null, undefined]
/** Left out too: CloudWatch refuses a dimension value that is blank. */
const BLANK = '  '
/** Recorded as their text: 1 and '1' are one series. */
const NOT_TEXT = [0, 1, '1', 42, true, 'true', false]

/** Label sets of one recorder in one workload: far fewer series than would be folded. */
const LABEL_SETS = 40
const PRICES = 300
const NO_COSTS = [0, -0, -1e-9, -0.25]
const NEGATIVE_WAITS = [-1, -0.5, -250_000]
const MEDIAN_PRICE_USD = 3e-4
const MEDIAN_WAIT_MS = 120
/** Fewer integers than the 1,500 distinct values that a series keeps exactly. */
const LONGEST_WAIT_MS = 1_400

/** The labels of the series that has more distinct values than are kept exactly. */
export const WIDE = { provider: 'wide', reason: 'queue_position' }

/**
 * @typedef {object} Part of what a process records
 * @property {number} seed
 * @property {number} calls without those of the wide series
 * @property {number} [series] records over as many series in turn, in place of a mix of recorders
 * @property {boolean} [wide] whether every second call is followed by one with `WIDE` labels and a value
 *   of its own, over nine orders of magnitude
 *
 * @param {Part} part
 * @returns {Generator<{ recorder: keyof typeof METRICS, args: unknown[] }>}
 */
export function* workload({ seed, calls, series, wide = false }) {
  if (series !== undefined) {
    for (let call = 0; call < calls; call++) yield numbered((seed + call) % series)
    return
  }
  const random = mulberry32(seed)
  const recorders = Object.keys(METRICS)
  const labelSets = Object.fromEntries(
    recorders.map((recorder) => [recorder, several(LABEL_SETS, () => labels(recorder, random))])
  )
  const prices = several(PRICES, () => logNormal(MEDIAN_PRICE_USD, 4, random))
  for (let call = 0; call < calls; call++) {
    const recorder = pick(recorders, random)
    // Some label sets are much more frequent than others.
    const chosen = labelSets[recorder][Math.floor(random() * random() * LABEL_SETS)]
    if (recorder === 'recordCostCharged') {
      yield { recorder, args: [pick(random() < 0.1 ? NO_COSTS : prices, random), chosen] }
    } else if (recorder === 'recordQueueWait') {
      yield { recorder, args: [wait(random), chosen] }
    } else {
      yield { recorder, args: [chosen] }
    }
    if (wide && call % 2 === 0) {
      yield { recorder: 'recordQueueWait', args: [wideWait(random), WIDE] }
    }
  }
}

function numbered(series) {
  const labels = { provider: 'openai', tool: `tool-${series}`, key: 'OPENAI_API_KEY' }
  return { recorder: 'recordUsed', args: [labels] }
}

function labels(recorder, random) {
  const chosen = {}
  for (const name of METRICS[recorder].labels) {
    const dice = random()
    const texts = TEXTS[name] ?? REASONS[recorder] ?? QUEUE_REASONS
    if (dice < 0.05) continue
    else if (dice < 0.12) chosen[name] = pick(ABSENT, random)
    else if (dice < 0.14) chosen[name] = BLANK
    else if (dice < 0.24) chosen[name] = pick(NOT_TEXT, random)
    else chosen[name] = pick(texts, random)
  }
  // Callers spread whole objects into the labels.
  return random() < 0.2 ? { workspaceId: 'w-1', ...chosen } : chosen
}

function wait(random) {
  if (random() < 0.06) return pick(NEGATIVE_WAITS, random)
  return Math.min(Math.round(logNormal(MEDIAN_WAIT_MS, 0.9, random)), LONGEST_WAIT_MS)
}

function wideWait(random) {
  if (random() < 0.02) return pick([0, ...NEGATIVE_WAITS], random)
  return logNormal(MEDIAN_WAIT_MS, 3, random)
}

/**
 * Uses sums and products alone, which every runtime rounds alike. `Math.exp` and its like differ between engines in the
 * last bits, and what one runtime records is expected on another.
 */
function logNormal(median, sigma, random) {
  // Twelve uniform numbers have a variance of 1.
  const normal = several(12, random).reduce((sum, uniform) => sum + uniform, -6)
  // e^x as (1 + x / 1024)^1024.
  let power = 1 + (sigma * normal) / 1_024
  for (let squared = 0; squared < 10; squared++) power *= power
  return median * power
}

/**
 * What CloudWatch must hold for parts of a workload, a record each.
 *
 * @param {Part[]} parts
 * @param {string} environment
 */
export function expectations(parts, environment) {
  return parts
    .flatMap((part) => [...workload(part)])
    .map((call) => expectation(call, environment))
    .filter((record) => record !== undefined)
}

/** The values of each series, by its name. */
export function valuesBySeries(records, nameOf = seriesOf) {
  const values = new Map()
  for (const record of records) {
    const series = nameOf(record)
    if (!values.has(series)) values.set(series, [])
    values.get(series).push(record.value)
  }
  return values
}

/** The statistics of single values. */
export function statisticsOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const sum = sorted.reduce((total, value) => total + value, 0)
  return {
    SampleCount: sorted.length,
    Sum: sum,
    Minimum: sorted[0],
    Maximum: sorted.at(-1),
    Average: sum / sorted.length,
    /** Linear interpolation at the rank `percent / 100 * (n - 1)`, counted from 0. */
    percentile(percent) {
      const rank = (percent / 100) * (sorted.length - 1)
      const [low, high] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]
      return low + (rank - Math.floor(rank)) * (high - low)
    },
  }
}

function several(count, make) {
  return Array.from({ length: count }, make)
}

function pick(list, random) {
  return list[Math.floor(random() * list.length)]
}
