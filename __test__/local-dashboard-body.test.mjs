// The body of a dashboard may be any JSON: it is accepted as the page can draw it, or refused with messages.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let client
let close

before(async () => {
  ;({ client, close } = await startWithClient())
})

after(() => close())

const save = (body) =>
  client.putDashboard({ DashboardName: 'any', DashboardBody: JSON.stringify(body) })

const graph = (properties) => ({
  type: 'metric',
  properties: { region: 'us-east-1', metrics: [['Shop', 'orders']], ...properties },
})
const text = (members) => ({ type: 'text', properties: { markdown: 'a' }, ...members })
const variable = (members) => ({
  type: 'property',
  property: 'A',
  inputType: 'select',
  id: 'a',
  values: [{ value: '1', label: 'One' }, { value: '2' }],
  ...members,
})
const WIDGET = '/widgets/0'
const PROPERTIES = `${WIDGET}/properties`

describe('a dashboard is refused with', () => {
  const widgets = {
    'a number for Markdown': [text({ properties: { markdown: 5 } }), `${PROPERTIES}/markdown`],
    'an object for a title': [graph({ title: {} }), `${PROPERTIES}/title`],
    'a text for alarms': [{ type: 'alarm', properties: { alarms: 'x' } }, `${PROPERTIES}/alarms`],
    'an object for an alarm': [
      { type: 'alarm', properties: { alarms: [{}] } },
      `${PROPERTIES}/alarms`,
    ],
    'a widget that ends beside the grid': [text({ x: 20, width: 24 }), `${WIDGET}/width`],
    'a text for a period': [graph({ period: '60' }), `${PROPERTIES}/period`],
    'a list for a statistic': [graph({ stat: ['p99'] }), `${PROPERTIES}/stat`],
    'no annotations but null': [graph({ annotations: null }), `${PROPERTIES}/annotations`],
    'no axes but null': [graph({ yAxis: null }), `${PROPERTIES}/yAxis`],
    'no axis but null': [graph({ yAxis: { left: null } }), `${PROPERTIES}/yAxis/left`],
    'a text for the end of an axis': [
      graph({ yAxis: { left: { min: '0' } } }),
      `${PROPERTIES}/yAxis/left/min`,
    ],
    'a text for lines': [
      graph({ annotations: { horizontal: 'x' } }),
      `${PROPERTIES}/annotations/horizontal`,
    ],
    'null for a line': [
      graph({ annotations: { horizontal: [null] } }),
      `${PROPERTIES}/annotations/horizontal/0`,
    ],
    'a band of which one end is none': [
      graph({ annotations: { horizontal: [[{ value: 1 }, {}]] } }),
      `${PROPERTIES}/annotations/horizontal/0/1`,
    ],
    'a number for the alarm of a graph': [
      graph({ annotations: { alarms: [5] } }),
      `${PROPERTIES}/annotations/alarms`,
    ],
    'an object for a label': [
      graph({ metrics: [['A', 'b', { label: {} }]] }),
      `${PROPERTIES}/metrics/0/label`,
    ],
    'an object for an expression': [
      graph({ metrics: [[{ expression: { toString: 1 } }]] }),
      `${PROPERTIES}/metrics/0/expression`,
    ],
    'an expression of 2,049 characters': [
      graph({ metrics: [[{ expression: `${'1+'.repeat(1_024)}1` }]] }),
      `${PROPERTIES}/metrics/0/expression`,
    ],
    'a text for what is visible': [
      graph({ metrics: [['A', 'b', { visible: 'no' }]] }),
      `${PROPERTIES}/metrics/0/visible`,
    ],
  }
  const variables = {
    'a text for the values of a variable': [variable({ values: 'abc' }), '/variables/0/values'],
    'texts for the values of a variable': [variable({ values: ['a'] }), '/variables/0/values'],
    'a value without one': [variable({ values: [{ label: 'a' }] }), '/variables/0/values/0'],
    'a number for a value': [variable({ values: [{ value: 5 }] }), '/variables/0/values/0/value'],
    'a number for a property': [variable({ property: 5 }), '/variables/0/property'],
    'an object for the label of a variable': [variable({ label: {} }), '/variables/0/label'],
  }
  const cases = [
    ...Object.entries(widgets).map(([what, [widget, path]]) => [what, { widgets: [widget] }, path]),
    ...Object.entries(variables).map(([what, [one, path]]) => [
      what,
      { widgets: [], variables: [one] },
      path,
    ]),
  ]
  for (const [what, body, path] of cases) {
    test(what, async () => {
      await assert.rejects(save(body), (error) => {
        assert.equal(error.name, 'DashboardInvalidInputError')
        assert.deepEqual(
          error.dashboardValidationMessages.map(({ DataPath }) => DataPath),
          [path]
        )
        return true
      })
    })
  }
})

/** One that has all that is checked. */
const VALID = {
  start: '-PT3H',
  periodOverride: 'inherit',
  variables: [
    variable(),
    variable({ type: 'pattern', pattern: 'a', search: '{A}', populateFrom: 'A' }),
  ],
  widgets: [
    text({ x: 12, y: 0, width: 12, height: 2 }),
    { type: 'alarm', properties: { title: 'Alarms', alarms: ['arn:aws:cloudwatch:a:1:alarm:a'] } },
    graph({
      title: 'Graph',
      view: 'timeSeries',
      stacked: false,
      period: 60,
      stat: 'p99',
      yAxis: { left: { min: 0, label: 'ms', showUnits: false }, right: { max: 1 } },
      annotations: {
        horizontal: [
          { value: 5, label: 'Warning', color: '#ff7f0e', fill: 'above', yAxis: 'left' },
          [
            { value: 1, label: 'From' },
            { value: 2, label: 'to' },
          ],
        ],
        vertical: [{ value: '2026-01-15T00:00:00Z', label: 'Release' }],
        alarms: ['arn:aws:cloudwatch:a:1:alarm:a'],
      },
      metrics: [
        ['Shop', 'orders', 'A', '1', { id: 'a', visible: false, stat: 'Sum', period: 60 }],
        ['...', '2', { id: 'b', color: '#123' }],
        ['...', { stat: 'p50', yAxis: 'right' }],
        [{ expression: 'a / b', label: 'Rate', id: 'c' }],
      ],
    }),
  ],
}

test('bands, the same metric again, and all else that is documented are accepted', async () => {
  await save(VALID)
})

/** Every path to a value within a value. */
function pathsIn(value) {
  if (typeof value !== 'object' || value === null) return [[]]
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pathsIn(item).map((path) => [key, ...path])
  )
  return [[], ...inner]
}

function replaced(value, [key, ...path], by) {
  if (key === undefined) return by
  const copy = Array.isArray(value) ? [...value] : { ...value }
  copy[key] = replaced(value[key], path, by)
  return copy
}

test('whatever JSON stands anywhere in a body, it is accepted or refused with messages', async () => {
  const mutation = fc.tuple(fc.constantFrom(...pathsIn(VALID)), fc.jsonValue({ maxDepth: 3 }))
  const property = fc.asyncProperty(mutation, async ([path, by]) => {
    try {
      await save(replaced(VALID, path, by))
    } catch (error) {
      assert.equal(error.name, 'DashboardInvalidInputError', error.message)
      assert.ok(error.dashboardValidationMessages.length > 0)
    }
  })
  await fc.assert(property, {
    numRuns: 500,
    examples: [[[['widgets', '2', 'properties', 'stat'], { toString: 1 }]]],
  })
})
