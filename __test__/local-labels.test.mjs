// Labels of GetMetricData, with values in them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { at, datum, NAMESPACE, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let close

const dimensions = (reason) => [
  { Name: 'Environment', Value: 'test' },
  { Name: 'Failure reason', Value: reason },
]

before(async () => {
  ;({ client, close } = await startWithClient())
  const datums = [0.1, 0.7, 0.2].map((Value, minute) =>
    datum({
      MetricName: 'failed',
      Value,
      Dimensions: dimensions('timeout'),
      Timestamp: at(minute * 60),
    })
  )
  const other = datum({ MetricName: 'failed', Value: 5, Dimensions: dimensions('refused') })
  await client.putMetricData(put(...datums, other))
})

after(() => close())

const metric = (Label, Dimensions = dimensions('timeout'), members) => ({
  Id: 'm1',
  Label,
  MetricStat: {
    Metric: { Namespace: NAMESPACE, MetricName: 'failed', Dimensions },
    Period: 60,
    Stat: 'Sum',
  },
  ...members,
})

async function labels(queries, members) {
  const { MetricDataResults } = await client.getMetricData({
    MetricDataQueries: queries,
    StartTime: at(0),
    EndTime: at(180),
    ...members,
  })
  return MetricDataResults.map(({ Label }) => Label)
}

for (const [label, expected] of [
  [undefined, 'failed'],
  ['Failures', 'Failures'],
  [`\${PROP('Dim.Failure reason')} of \${PROP('Dim.Environment')}`, 'timeout of test'],
  [`\${PROP('Namespace')} \${PROP('MetricName')} \${PROP('Period')}`, `${NAMESPACE} failed 60`],
  [`\${LABEL}: \${SUM}`, 'failed: 1'],
  [`\${MIN} \${MAX} \${FIRST} \${LAST} \${DATAPOINT_COUNT}`, '0.1 0.7 0.1 0.2 3'],
  [`avg \${AVG}`, 'avg 0.333333333333'],
  [`\${MAX_TIME} \${PROP('Dim.Nope')} \${sum} $5`, `\${MAX_TIME} \${PROP('Dim.Nope')} \${sum} $5`],
]) {
  test(`the label ${label} of a metric is ${expected}`, async () => {
    assert.deepEqual(await labels([metric(label)]), [expected])
  })
}

test('a label without a datapoint has no figures', async () => {
  assert.deepEqual(await labels([metric(`\${SUM} \${LAST}`, [])]), ['-- --'])
})

test('a label of an expression is about its result, which is of no metric', async () => {
  const Label = `\${LABEL} \${SUM} \${PROP('MetricName')}`
  const query = { Id: 'e1', Expression: 'm1 * 10', Label }
  assert.deepEqual(await labels([query, metric('', undefined, { ReturnData: false })]), [
    `e1 10 \${PROP('MetricName')}`,
  ])
})

test('a label of a search is about each series that is found', async () => {
  const search = `SEARCH('{${NAMESPACE},Environment,"Failure reason"}', 'Sum', 60)`
  const found = async (Expression, Label) =>
    (await labels([{ Id: 'e1', Expression, Label }])).sort()
  const label = `\${PROP('Dim.Failure reason')} \${SUM}`
  assert.deepEqual(await found(search, label), ['refused 5', 'timeout 1'])
  assert.deepEqual(await found(`FILL(${search}, 1)`, label), ['refused 7', 'timeout 1'])
  assert.deepEqual(await found(search, 'All'), [
    'All failed test refused',
    'All failed test timeout',
  ])
})

test('a time zone is refused that is none', async () => {
  const inZone = (Timezone) => labels([metric()], { LabelOptions: { Timezone } })
  for (const zone of ['+0000', '-1130', '+0530']) assert.deepEqual(await inZone(zone), ['failed'])
  for (const zone of ['garbage', 'UTC', '0530', '+05:30', '+2460']) {
    await assert.rejects(inZone(zone), { Code: 'ValidationError', message: /Timezone/ })
  }
})

test('a list of metrics of other accounts is refused', async () => {
  for (const members of [{ OwningAccount: '123456789012' }, { IncludeLinkedAccounts: true }]) {
    await assert.rejects(client.listMetrics(members), { Code: 'InvalidParameterValue' })
  }
  assert.equal((await client.listMetrics({ IncludeLinkedAccounts: false })).Metrics.length, 2)
})
