import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { at, datum, NAMESPACE, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

const A = { Name: 'A', Value: '1' }
const B = { Name: 'B', Value: '2' }

let client
let goTo
let close

beforeEach(async () => {
  ;({ client, goTo, close } = await startWithClient())
})

afterEach(() => close())

const send = (...datums) => client.putMetricData(put(...datums))

async function listed(filter = {}) {
  const { Metrics } = await client.listMetrics(filter)
  return Metrics.map(({ MetricName, Dimensions }) =>
    [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(' ')
  )
}

test('lists each metric once, whatever the order of its dimensions', async () => {
  await send(datum({ Dimensions: [B, A] }), datum({ Dimensions: [A, B] }), datum())
  assert.deepEqual(await listed(), ['Used A=1 B=2', 'Used'])
  const { Metrics } = await client.listMetrics({})
  assert.equal(Metrics[0].Namespace, NAMESPACE)
})

test('filters by namespace, name and dimensions', async () => {
  await send(
    datum({ Dimensions: [A, B] }),
    datum({ Dimensions: [B] }),
    datum({ MetricName: 'Failed' })
  )
  assert.deepEqual(await listed({ Namespace: 'Sim/Other' }), [])
  assert.deepEqual(await listed({ Namespace: NAMESPACE, MetricName: 'Failed' }), ['Failed'])
  assert.deepEqual(await listed({ Dimensions: [{ Name: 'B' }] }), ['Used A=1 B=2', 'Used B=2'])
  assert.deepEqual(await listed({ Dimensions: [A, { Name: 'B' }] }), ['Used A=1 B=2'])
  assert.deepEqual(await listed({ Dimensions: [{ Name: 'A', Value: '2' }] }), [])
})

test('lists 500 metrics a page', async () => {
  const metrics = Array.from({ length: 501 }, (_, index) => datum({ MetricName: `m${index}` }))
  await send(...metrics)
  const first = await client.listMetrics({})
  assert.equal(first.Metrics.length, 500)
  const second = await client.listMetrics({ NextToken: first.NextToken })
  assert.deepEqual(
    second.Metrics.map(({ MetricName }) => MetricName),
    ['m500']
  )
  assert.equal(second.NextToken, undefined)
})

test('forgets metrics without datums in two weeks, or in three hours when asked', async () => {
  await send(datum())
  assert.deepEqual(await listed({ RecentlyActive: 'PT3H' }), ['Used'])
  goTo(at(3 * 3_600 + 1))
  assert.deepEqual(await listed({ RecentlyActive: 'PT3H' }), [])
  assert.deepEqual(await listed(), ['Used'])
  goTo(at(14 * 86_400 + 1))
  assert.deepEqual(await listed(), [])
})

const refused = [
  [
    'eleven dimensions',
    { Dimensions: Array.from({ length: 11 }, () => ({ Name: 'A' })) },
    'InvalidParameterValue',
  ],
  ['a dimension without a name', { Dimensions: [{ Value: '1' }] }, 'MissingParameter'],
  ['a token that it never gave', { NextToken: 'x' }, 'InvalidParameterValue'],
  ['another span of recent activity', { RecentlyActive: 'PT1H' }, 'InvalidParameterValue'],
]

for (const [what, filter, Code] of refused) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(client.listMetrics(filter), { Code })
  })
}
