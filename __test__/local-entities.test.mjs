// The entities of PutMetricData: what the local CloudWatch refuses under strict validation, and otherwise only names.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { datum, NAMESPACE, NOW, post, put } from '../testkit/peers/local-client.mjs'

const ENTITY = {
  KeyAttributes: { Type: 'Service', Name: 'api', Environment: 'test' },
  Attributes: { Team: 'metrics' },
}
const withEntities = (entities, others = {}) => ({
  Namespace: NAMESPACE,
  EntityMetricData: entities.map((Entity) => ({ Entity, MetricData: [datum()] })),
  StrictEntityValidation: true,
  ...others,
})
const keyed = (KeyAttributes) => withEntities([{ KeyAttributes }])
const attributed = (Attributes) => withEntities([{ ...ENTITY, Attributes }])
const numbered = (count) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'v']))
const datums = (count) => put(...Array.from({ length: count }, () => datum()))

async function answerTo(input) {
  const cloudwatch = await startLocalCloudWatch({ now: () => NOW })
  try {
    const answer = await post(cloudwatch.endpoint, 'PutMetricData', input)
    return { ...answer, applied: cloudwatch.applied().length }
  } finally {
    await cloudwatch.close()
  }
}

describe('strict validation accepts', () => {
  for (const [what, input, count] of [
    ['two entities, and datums without one', withEntities([ENTITY, ENTITY], put(datum())), 3],
    ['an entity of two key attributes', keyed({ Type: 'Service', Name: 'n' }), 1],
    ['an entity of four', keyed({ Type: 'T', ResourceType: 'R', Identifier: 'I', Name: 'N' }), 1],
    ['a key attribute of 2,048 characters', keyed({ Type: 'T', Name: 'n'.repeat(2_048) }), 1],
    ['10 attributes', attributed(numbered(10)), 1],
    ['an attribute name of 256 characters', attributed({ ['a'.repeat(256)]: 'v' }), 1],
    ['no attributes', withEntities([{ KeyAttributes: ENTITY.KeyAttributes }]), 1],
    ['1,000 datums, with those of an entity', withEntities([ENTITY], datums(999)), 1_000],
  ]) {
    test(what, async () => {
      const { status, applied } = await answerTo(input)
      assert.deepEqual([status, applied], [200, count])
    })
  }
})

describe('strict validation refuses', () => {
  const VALUE = 'InvalidParameterValue'
  for (const [what, input, code = VALUE] of [
    ['1,001 datums, with those of an entity', withEntities([ENTITY], datums(1_000))],
    ['three entities', withEntities([ENTITY, ENTITY, ENTITY])],
    ['datums of an entity that is missing', withEntities([undefined])],
    ['an entity without key attributes', withEntities([{ Attributes: { a: 'v' } }])],
    ['an entity of one key attribute', keyed({ Type: 'Service' })],
    [
      'an entity of five key attributes',
      keyed({ Type: 'T', ResourceType: 'R', Identifier: 'I', Name: 'N', Environment: 'E' }),
    ],
    ['another key attribute than the five', keyed({ Type: 'Service', Other: 'o' })],
    ['an entity without a type', keyed({ Name: 'n', Environment: 'e' })],
    ['an empty key attribute', keyed({ Type: 'Service', Name: '' })],
    ['a key attribute of 2,049 characters', keyed({ Type: 'T', Name: 'n'.repeat(2_049) })],
    ['11 attributes', attributed(numbered(11))],
    ['an empty attribute', attributed({ a: '' })],
    ['an attribute name of 257 characters', attributed({ ['a'.repeat(257)]: 'v' })],
    [
      'entities without datums',
      { ...withEntities([]), EntityMetricData: [{ Entity: ENTITY, MetricData: [] }] },
      'MissingParameter',
    ],
    ['text for the key attributes', keyed('Service'), 'SerializationException'],
    ['a number for an attribute', attributed({ a: 1 }), 'SerializationException'],
  ]) {
    test(what, async () => {
      const { status, errorCode, applied } = await answerTo(input)
      assert.deepEqual([status, errorCode, applied], [400, code, 0])
    })
  }
})

test('entities without a word on strict validation are refused', async () => {
  const unsaid = withEntities([ENTITY], { StrictEntityValidation: undefined })
  const { status, errorCode } = await answerTo(unsaid)
  assert.deepEqual([status, errorCode], [400, 'MissingParameter'])
})

describe('without strict validation', () => {
  const lax = { StrictEntityValidation: false }
  for (const [problem, input] of [
    ['EntitySizeTooLarge', withEntities([ENTITY, ENTITY, ENTITY], lax)],
    ['InvalidEntity', withEntities([{}], lax)],
    ['InvalidKeyAttributes', withEntities([{ KeyAttributes: { Type: 'T' } }], lax)],
    ['InvalidAttributes', withEntities([{ ...ENTITY, Attributes: { a: '' } }], lax)],
    [
      'MissingRequiredFields',
      withEntities([{ KeyAttributes: { Name: 'n', Identifier: 'i' } }], lax),
    ],
  ]) {
    test(`the answer names ${problem}, and the datums are kept`, async () => {
      const { status, headers, applied } = await answerTo(input)
      assert.deepEqual([status, applied], [200, input.EntityMetricData.length])
      assert.equal(headers.get('x-amzn-failure-message'), problem)
    })
  }

  test('the answer names nothing if all is valid', async () => {
    const { headers } = await answerTo(withEntities([ENTITY], lax))
    assert.equal(headers.get('x-amzn-failure-message'), null)
  })

  test('a bad datum is refused all the same', async () => {
    const bad = [{ Entity: ENTITY, MetricData: [datum(), datum({ Value: Number.NaN })] }]
    const { errorCode, body, applied } = await answerTo({
      ...withEntities([], lax),
      EntityMetricData: bad,
    })
    assert.deepEqual([errorCode, applied], ['InvalidParameterValue', 0])
    assert.match(body.message, /EntityMetricData\.member\.1\.MetricData\.member\.2\.Value/)
  })
})
