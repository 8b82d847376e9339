// `defineMetrics` and CloudWatch agree: what is defined is never refused by CloudWatch for its names, and what is refused
// would be.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import fc from 'fast-check'
import { counter, defineMetrics } from '../index.js'
import { post } from '../testkit/peers/local-client.mjs'

let cloudwatch
before(async () => {
  cloudwatch = await startLocalCloudWatch()
})
after(() => cloudwatch.close())

/** Names at the edges of the rules, most of which are good ones. */
const text = (longest) =>
  fc.oneof(
    { arbitrary: fc.stringMatching(/^[A-Z][a-z]{0,6}$/), weight: 30 },
    { arbitrary: fc.stringMatching(/^[0-9A-Za-z._/#: -]{0,12}$/), weight: 4 },
    { arbitrary: fc.stringMatching(/^[ -~]{1,3}$/), weight: 4 },
    { arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 6 }), weight: 1 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 4 }), weight: 1 },
    {
      arbitrary: fc.integer({ min: longest - 1, max: longest + 1 }).map((n) => 'n'.repeat(n)),
      weight: 3,
    },
    { arbitrary: fc.constantFrom('', ' ', ':a', 'AWS/a', 'AWS', 'aws/', 'Environment'), weight: 1 }
  )
const name = text(255)
const UNITS = ['Count', 'None', 'Microseconds', 'Terabits/Second', 'Bytes', 'count', 'Parsecs', '']

const definitions = fc.record({
  namespace: name,
  metricName: name,
  unit: fc.constantFrom(...UNITS, ...UNITS.slice(0, 5)),
  environment: fc.boolean(),
  constants: fc.dictionary(name, text(1_024), { maxKeys: 2 }),
  names: fc.oneof(
    { arbitrary: fc.array(name, { maxLength: 5 }), weight: 8 },
    {
      arbitrary: fc
        .integer({ min: 28, max: 31 })
        .map((count) => Array.from({ length: count }, (_, index) => `D${index}`)),
      weight: 4,
    }
  ),
  seconds: fc.constantFrom(undefined, 1, 60, 60, 30),
})

/** What is wrong with a definition, or `undefined`. */
function refusalOf({ namespace, metricName, unit, environment, constants, names, seconds }) {
  const dimensions = Object.fromEntries(names.map((name, index) => [`key${index}`, name]))
  try {
    defineMetrics({
      namespace,
      environment,
      defaultDimensions: constants,
      storageResolution: seconds,
      // A definition of the same name may be another one.
      metrics: { orders: counter({ name: metricName, unit, dimensions }) },
    })
    return undefined
  } catch (error) {
    assert.ok(error instanceof TypeError, error)
    if (/is defined already/.test(error.message)) return undefined
    return error.message
  }
}

/** The request that sends one record of a definition. */
function inputOf({ namespace, metricName, unit, environment, constants, names, seconds }) {
  const dimensions = [
    ...(environment ? [['Environment', 'test']] : []),
    ...Object.entries(constants),
    ...names.map((name) => [name, 'v']),
  ]
  const datum = {
    MetricName: metricName,
    Unit: unit,
    Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    StorageResolution: seconds ?? 60,
    Value: 1,
  }
  return { Namespace: namespace, MetricData: [datum] }
}

test('a definition is refused if and only if CloudWatch refuses its records', async () => {
  const seen = { defined: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(definitions, async (definition) => {
      const refusal = refusalOf(definition)
      const { status, body } = await post(cloudwatch.endpoint, 'PutMetricData', inputOf(definition))
      assert.equal(refusal === undefined, status === 200, `${refusal}; ${body?.message}`)
      seen[refusal === undefined ? 'defined' : 'refused']++
    }),
    { numRuns: 1_200 }
  )
  assert.ok(seen.defined > 50 && seen.refused > 50, JSON.stringify(seen))
})
