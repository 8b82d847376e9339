import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { at, post } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let cloudwatch
let client
let close

beforeEach(async () => {
  ;({ cloudwatch, client, close } = await startWithClient())
})

afterEach(() => close())

const graph = (properties, members) => ({
  type: 'metric',
  ...members,
  properties: { region: 'us-east-1', metrics: [['Shop', 'orders']], ...properties },
})
const bodyOf = (...widgets) => JSON.stringify({ widgets })
const save = (DashboardBody, DashboardName = 'shop') =>
  client.putDashboard({ DashboardName, DashboardBody })

test('a dashboard is kept as it was given, listed, replaced and deleted', async () => {
  const body = bodyOf({ type: 'text', properties: { markdown: 'Shop' } }, graph())
  assert.deepEqual((await save(body)).DashboardValidationMessages, [])
  await save(bodyOf(), 'other')
  const found = await client.getDashboard({ DashboardName: 'shop' })
  assert.equal(found.DashboardBody, body)
  assert.equal(found.DashboardArn, 'arn:aws:cloudwatch::000000000000:dashboard/shop')
  const { DashboardEntries } = await client.listDashboards({})
  assert.deepEqual(
    DashboardEntries.map(({ DashboardName }) => DashboardName),
    ['other', 'shop']
  )
  assert.deepEqual(DashboardEntries[1].LastModified, at(0))
  assert.equal(DashboardEntries[1].Size, body.length)
  const some = await client.listDashboards({ DashboardNamePrefix: 'o' })
  assert.equal(some.DashboardEntries.length, 1)
  await save(bodyOf(graph()))
  assert.equal(
    (await client.getDashboard({ DashboardName: 'shop' })).DashboardBody,
    bodyOf(graph())
  )
  await client.deleteDashboards({ DashboardNames: ['shop'] })
  const gone = { Code: 'ResourceNotFound', message: 'Dashboard shop does not exist' }
  await assert.rejects(client.getDashboard({ DashboardName: 'shop' }), gone)
  await assert.rejects(client.deleteDashboards({ DashboardNames: ['shop'] }), gone)
})

test('the size is an integer in CBOR', async () => {
  await save(bodyOf())
  const { bytes } = await post(cloudwatch.endpoint, 'ListDashboards', {})
  assert.ok(bytes.includes(Buffer.from([...Buffer.from('dSize'), 0x0e])))
})

test('everything that a graph may have', async () => {
  const properties = {
    title: 'Failures',
    view: 'timeSeries',
    stacked: false,
    period: 60,
    stat: 'p99',
    yAxis: { left: { min: 0 }, right: { label: '%' } },
    legend: { position: 'bottom' },
    annotations: { horizontal: [{ value: 5, label: 'Warning', color: '#ff7f0e' }] },
    metrics: [
      [
        'Shop',
        'failed',
        'Environment',
        'production',
        { id: 'failed', visible: false, stat: 'Sum' },
      ],
      ['.', 'used', '.', '.', { id: 'used', visible: false, period: 60 }],
      [
        {
          expression: 'failed / SUM([used, failed])',
          id: 'rate',
          label: 'Rate',
          yAxis: 'right',
          color: '#d62728',
        },
      ],
    ],
  }
  const alarms = {
    type: 'alarm',
    properties: { title: 'Alarms', alarms: ['arn:aws:cloudwatch:us-east-1:1:alarm:a'] },
  }
  const ofAlarm = graph({
    metrics: undefined,
    annotations: { alarms: ['arn:aws:cloudwatch:us-east-1:1:alarm:a'] },
  })
  const variables = [
    {
      type: 'property',
      property: 'Environment',
      inputType: 'select',
      id: 'environment',
      label: 'Environment',
      defaultValue: 'production',
      visible: true,
      search: '{Shop,Environment}',
      populateFrom: 'Environment',
    },
  ]
  await save(
    JSON.stringify({
      start: '-PT3H',
      periodOverride: 'inherit',
      variables,
      widgets: [graph(properties, { x: 0, y: 0, width: 24, height: 6 }), alarms, ofAlarm],
    })
  )
})

describe('a dashboard is refused with', () => {
  const metric = (...names) => bodyOf(graph({ metrics: [names] }))
  const variable = (members) =>
    JSON.stringify({
      widgets: [],
      variables: [{ type: 'pattern', pattern: 'a', inputType: 'input', id: 'a', ...members }],
    })
  const cases = {
    'no JSON': ['{', '/', /must be a valid JSON object/],
    'a list': ['[]', '/', /must be a valid JSON object/],
    'no widgets': ['{}', '/widgets', /list of widgets/],
    '501 widgets': [bodyOf(...Array(501).fill(graph())), '/widgets', /at most 500 widgets/],
    'an unknown widget': [
      bodyOf({ type: 'map', properties: {} }),
      '/widgets/0/type',
      /one of metric, text/,
    ],
    'a widget without properties': [
      bodyOf({ type: 'text' }),
      '/widgets/0/properties',
      /required property/,
    ],
    'a text without one': [
      bodyOf({ type: 'text', properties: {} }),
      '/widgets/0/properties',
      /'markdown'/,
    ],
    'a widget that is no object': [bodyOf(null), '/widgets/0', /an object/],
    'a column of 24': [bodyOf(graph({}, { x: 24 })), '/widgets/0/x', /0 to 23/],
    'a width of 25': [bodyOf(graph({}, { width: 25 })), '/widgets/0/width', /1 to 24/],
    'a height of half a row': [
      bodyOf(graph({}, { height: 0.5 })),
      '/widgets/0/height',
      /1 to 1000/,
    ],
    'a row below 0': [bodyOf(graph({}, { y: -1 })), '/widgets/0/y', /0 or more/],
    'no region': [bodyOf(graph({ region: undefined })), '/widgets/0/properties', /'region'/],
    'no metrics': [bodyOf(graph({ metrics: undefined })), '/widgets/0/properties', /'metrics'/],
    '501 metrics': [
      bodyOf(graph({ metrics: Array(501).fill(['A', 'b']) })),
      '/widgets/0/properties/metrics',
      /at most 500 metrics/,
    ],
    'an unknown view': [
      bodyOf(graph({ view: 'map' })),
      '/widgets/0/properties/view',
      /one of timeSeries/,
    ],
    'an unknown statistic': [
      bodyOf(graph({ stat: 'Median' })),
      '/widgets/0/properties/stat',
      /a statistic that/,
    ],
    'a period of 61': [bodyOf(graph({ period: 61 })), '/widgets/0/properties/period', /a period/],
    'a third axis': [
      bodyOf(graph({ yAxis: { top: {} } })),
      '/widgets/0/properties/yAxis',
      /left, right/,
    ],
    'an annotation without a value': [
      bodyOf(graph({ annotations: { horizontal: [{ label: 'a' }] } })),
      '/widgets/0/properties/annotations/horizontal/0',
      /'value'/,
    ],
    'a metric without a name': [
      metric('Shop'),
      '/widgets/0/properties/metrics/0',
      /a namespace, a name/,
    ],
    'a dimension without a value': [
      metric('Shop', 'orders', 'A'),
      '/widgets/0/properties/metrics/0',
      /dimension/,
    ],
    'a number for a name': [metric('Shop', 5), '/widgets/0/properties/metrics/0', /texts/],
    'an unknown member of a metric': [
      metric('Shop', 'a', { colour: 'red' }),
      '/widgets/0/properties/metrics/0',
      /one of/,
    ],
    'an expression beside a metric': [
      metric('Shop', 'a', { expression: 'a' }),
      '/widgets/0/properties/metrics/0',
      /no metric beside an expression/,
    ],
    'an expression that cannot be read': [
      metric({ expression: 'a +' }),
      '/widgets/0/properties/metrics/0/expression',
      /expected a value/,
    ],
    'an id twice': [
      bodyOf(
        graph({
          metrics: [
            ['A', 'b', { id: 'a' }],
            ['A', 'c', { id: 'a' }],
          ],
        })
      ),
      '/widgets/0/properties/metrics',
      /an id at most once/,
    ],
    'an id that begins with a capital': [
      metric('A', 'b', { id: 'A' }),
      '/widgets/0/properties/metrics/0/id',
      /small/,
    ],
    'a color by its name': [
      metric('A', 'b', { color: 'red' }),
      '/widgets/0/properties/metrics/0/color',
      /#1f77b4/,
    ],
    'a variable without an id': [variable({ id: undefined }), '/variables/0', /'id'/],
    'an unknown variable': [variable({ type: 'text' }), '/variables/0/type', /property, pattern/],
    'a variable to select without values': [
      variable({ inputType: 'select' }),
      '/variables/0',
      /Should have values/,
    ],
    'a search that populates nothing': [
      variable({ search: '{A}' }),
      '/variables/0',
      /both search and populateFrom/,
    ],
  }
  for (const [what, [body, path, message]] of Object.entries(cases)) {
    test(what, async () => {
      await assert.rejects(save(body), (error) => {
        assert.equal(error.name, 'DashboardInvalidInputError')
        const [problem] = error.dashboardValidationMessages
        assert.equal(problem.DataPath, path)
        assert.match(problem.Message, message)
        return true
      })
      assert.deepEqual((await client.listDashboards({})).DashboardEntries, [])
    })
  }

  test('a name with other characters', async () => {
    await assert.rejects(save(bodyOf(), 'my shop'), { name: 'DashboardInvalidInputError' })
  })
})
