/** Arbitrary sequences of calls of random definitions, and of what becomes of the requests meanwhile. */

import fc from 'fast-check'
import { CARRIERS, KINDS } from '../input/hostile-values.mjs'
import { SECRETS } from '../input/secrets.mjs'
import { definitions } from './arbitrary.mjs'
import { metricsOf } from './model.mjs'

const among = (weight, arbitrary) => ({ weight, arbitrary })

/** Not the labels that carriers have by themselves: functions, arrays, and the object with more in it. */
const isLabel = (key) => !(key in (() => {})) && !(key in []) && !['a', 'workspaceId'].includes(key)

const text = fc
  .oneof(
    among(12, fc.constantFrom('openai', 'eu', 'a', 'b', '_overflow', '1')),
    among(1, fc.string({ unit: 'binary', maxLength: 12 })),
    among(1, fc.constantFrom('', '  ', ':', ...SECRETS.map(({ secret }) => secret))),
    among(
      1,
      fc.integer({ min: 1_018, max: 1_028 }).map((length) => 'a'.repeat(length))
    )
  )
  .map((text) => ({ text }))

const number = fc
  .oneof(
    among(6, fc.integer({ min: 0, max: 20 })),
    among(2, fc.integer({ min: -3, max: -1 })),
    among(1, fc.double()),
    among(1, fc.constantFrom(2 ** 360, -(2 ** 360), 2 ** -360, 2 ** -361, -(2 ** -361), 5e-324, -0))
  )
  .map((value) => ({ number: Object.is(value, -0) ? '-0' : String(value) }))

const kind = fc.constantFrom(...Object.keys(KINDS)).map((kind) => ({ kind }))

/** What is passed in place of labels, and has none by any name. */
const noLabels = fc
  .constantFrom('undefined', 'null', 'one', 'a symbol', 'an object', 'a proxy that throws')
  .map((kind) => ({ kind }))

const label = fc.oneof(among(16, text), among(1, number), among(1, kind))

function labelsFor(keys) {
  const labels = fc.record(Object.fromEntries(keys.map((key) => [key, label])), {
    requiredKeys: [],
  })
  const plain = labels.map((labels) => ({ labels }))
  return fc.oneof(
    among(keys.length > 0 ? 10 : 0, plain),
    among(3, fc.record({ labels, carrier: fc.constantFrom(...Object.keys(CARRIERS)) })),
    among(1, noLabels),
    among(1, fc.constant(undefined))
  )
}

function callOf(definition, { key, kind: of, labels }) {
  return fc.record({
    definition: fc.constant(definition),
    key: fc.constant(key),
    kind: fc.constant(of),
    value: fc.oneof(among(12, number), among(1, kind)),
    labels: labelsFor(labels.map(({ key }) => key)),
    isBound: fc.boolean(),
  })
}

/** What a request meets, by its name in `fuzz.mjs`; mostly nothing. */
const fault = (names) => fc.oneof(among(2, fc.constant(null)), among(1, fc.constantFrom(...names)))

/**
 * @param {number} processes how many there are to choose from
 * @param {string[]} faults names of faults
 * @returns {fc.Arbitrary<{ process: number, definitions: object[], steps: object[], faults: (string | null)[], culprit: number | null }>}
 */
export function sequences(processes, faults) {
  return fc
    .array(definitions({ isLabel }), { minLength: 1, maxLength: 3 })
    .map((all) =>
      // Each has metrics of its own.
      all.map(({ namespace, ...rest }, at) => ({
        ...rest,
        namespace: `${at}/${namespace}`.slice(0, 240),
      }))
    )
    .chain((all) => {
      const calls = all.flatMap((definition, at) =>
        metricsOf(definition, {}).map((metric) => callOf(at, metric))
      )
      const action = fc.constantFrom({ action: 'flush' }, { action: 'stats' })
      const step = fc.oneof(among(12, fc.oneof(...calls)), among(1, action))
      return fc.record({
        process: fc.nat({ max: processes - 1 }),
        definitions: fc.constant(all),
        steps: fc.array(step, { maxLength: 50, size: 'max' }),
        faults: fc.array(fault(faults), { maxLength: 6 }),
        /** Which of the datums CloudWatch refuses, if any: all of its series and its value. */
        culprit: fc.option(fc.nat({ max: 20 }), { freq: 4 }),
      })
    })
}
