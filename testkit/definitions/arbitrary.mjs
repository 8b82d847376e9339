/**
 * Random definitions of metrics that CloudWatch accepts, for properties. They are JSON: a metric is its options and its
 * `kind`, and `recorders` makes it into a recorder. `workload.mjs` has seeded ones.
 */

import fc from 'fast-check'
import { pascalCase } from './model.mjs'

const MAX_DIMENSIONS = 30
const MAX_LENGTH = 255

const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes']
const BITS = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits']
const RATES = [...SIZES, ...BITS, 'Count'].map((amount) => `${amount}/Second`)
const TIMES = ['Seconds', 'Milliseconds', 'Microseconds']
const UNITS = [...TIMES, ...SIZES, ...BITS, ...RATES, 'Percent', 'Count', 'None']

const IDENTIFIERS = ['orders', 'queue_depth', 'queue-depth', 'latencyP50', 'x', 'Y2', '7', '1st']
const LABELS = ['region', 'plan', 'tool', 'key', 'block_type', 'Kind', 'a', 'b', '0']

/** Every one is a property that all objects have. */
export const INHERITED = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']

const among = (weight, arbitrary) => ({ weight, arbitrary })
const printable = (minLength, maxLength) =>
  fc.string({ unit: 'grapheme-ascii', minLength, maxLength })

const name = fc
  .oneof(
    among(4, fc.constantFrom('Orders', 'Region', 'a', 'Plan', '{}', 'a=b, c', '"', '\\', ' x ')),
    among(3, printable(1, 20)),
    among(1, printable(MAX_LENGTH, MAX_LENGTH))
  )
  .filter((text) => text.trim() !== '' && !text.startsWith(':'))

const namespace = fc
  .oneof(
    among(3, fc.constantFrom('Shop/Checkout', 'a', '0', '#', 'aws/x', 'AWS', 'a b:c/d_e-f#g.')),
    among(2, fc.stringMatching(/^[0-9A-Za-z._/#: -]{1,40}$/)),
    among(1, fc.stringMatching(/^[A-Za-z]{255}$/))
  )
  .filter((text) => text.trim() !== '' && !/^(:|AWS\/)/.test(text))

const optional = (arbitrary) => fc.option(arbitrary, { nil: undefined, freq: 2 })

/** A key that gives a name by itself, or any key with a name. */
const named = (keys) =>
  fc.oneof(
    among(3, fc.record({ key: fc.constantFrom(...keys), name: optional(name) })),
    among(1, fc.record({ key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), name }))
  )

const nameOf = ({ key, name }) => name ?? pascalCase(key)

const distinct = (all) => [...new Map(all.map((one) => [one.key, one])).values()]

const dimension = (keys) =>
  fc
    .tuple(
      named(keys),
      fc.record(
        {
          values: fc.array(fc.constantFrom('eu', 'us', 'success'), { minLength: 1, maxLength: 3 }),
          optional: fc.boolean(),
          redact: fc.boolean(),
        },
        { requiredKeys: [] }
      )
    )
    .map(([named, others]) => ({ ...named, ...others }))

/** As many as CloudWatch takes. */
const many = Array.from({ length: MAX_DIMENSIONS }, (_, at) => ({ key: `dimension${at}` }))

const dimensions = (keys) =>
  fc.oneof(
    among(7, fc.uniqueArray(dimension(keys), { selector: nameOf, maxLength: 5 })),
    among(1, fc.constant(many))
  )

/** Positions in the list of dimensions. */
const sets = fc.array(fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }), { maxLength: 4 })

/** Turns positions into different lists of some, but not all, of the keys. */
function rollupsOf(sets, keys) {
  const lists = sets.map((set) => set.filter((at) => at < keys.length).map((at) => keys[at]))
  const fewer = lists.filter((list) => list.length < keys.length)
  return [...new Map(fewer.map((list) => [JSON.stringify([...list].sort()), list])).values()]
}

const metric = (keys) =>
  fc
    .record({
      named: named(IDENTIFIERS),
      kind: fc.constantFrom('counter', 'distribution', 'gauge'),
      unit: optional(fc.constantFrom(...TIMES, ...UNITS)),
      dimensions: dimensions(keys),
      isList: fc.boolean(),
      sets,
      /** How many of the roll-ups are recommended ones. */
      recommended: fc.nat({ max: 3 }),
      description: optional(fc.string()),
    })
    .map(({ named: { key, name }, ...rest }) => ({ key, name, ...rest }))

function optionsOf(
  { name, kind, unit, dimensions, isList, sets, recommended, description },
  taken
) {
  const room = MAX_DIMENSIONS - taken.length
  const free = distinct(dimensions.filter((one) => !taken.includes(nameOf(one)))).slice(0, room)
  const keys = free.map(({ key }) => key)
  const isPlain = free.every((one) =>
    Object.keys(one).every((field) => field === 'key' || one[field] === undefined)
  )
  const rollups = rollupsOf(sets, keys)
  return {
    kind,
    ...(name !== undefined && { name }),
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
    dimensions: isPlain && isList ? keys : Object.fromEntries(free.map(specOf)),
    rollups: rollups.slice(recommended),
    recommendedRollups: rollups.slice(0, recommended),
  }
}

function specOf({ key, ...spec }) {
  const given = Object.entries(spec).filter(([, value]) => value !== undefined)
  // A name or values alone can be given without an object.
  if (given.length === 1 && ['name', 'values'].includes(given[0][0])) return [key, given[0][1]]
  return [key, Object.fromEntries(given)]
}

/**
 * @param {object} [options]
 * @param {string[]} [options.keys] of labels, beside any others
 * @param {(key: string) => boolean} [options.isLabel] of which no other keys are made
 */
export function definitions({ keys = LABELS, isLabel = () => true } = {}) {
  return fc
    .record({
      namespace,
      environment: optional(fc.boolean()),
      constants: fc.uniqueArray(fc.tuple(name, name), { selector: ([name]) => name, maxLength: 3 }),
      storageResolution: optional(fc.constantFrom(1, 60)),
      maxSeries: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 1 }),
      metrics: fc.uniqueArray(metric(keys), { selector: nameOf, minLength: 1, maxLength: 4 }),
    })
    .map(({ constants, metrics, environment, ...rest }) => {
      const fixed = constants.filter(([name]) => environment === false || name !== 'Environment')
      const taken = [
        ...(environment === false ? [] : ['Environment']),
        ...fixed.map(([name]) => name),
      ]
      const of = distinct(metrics.filter(({ key }) => key !== '__proto__')).map((metric) => ({
        ...metric,
        dimensions: metric.dimensions.filter(({ key }) => key !== '__proto__' && isLabel(key)),
      }))
      return {
        ...JSON.parse(JSON.stringify({ ...rest, environment })),
        ...(fixed.length > 0 && { defaultDimensions: Object.fromEntries(fixed) }),
        metrics: Object.fromEntries(of.map((metric) => [metric.key, optionsOf(metric, taken)])),
      }
    })
    .filter(({ metrics }) => Object.keys(metrics).length > 0)
}
