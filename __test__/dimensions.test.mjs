// Dimensions and roll-ups that `defineMetrics` refuses: the error says where and why.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { counter, defineMetrics } from '../index.js'
import {
  fail,
  holed,
  namespace,
  refuses,
  refusesOptions,
  repeat,
} from '../testkit/input/refused-definitions.mjs'

describe('dimensions are refused', () => {
  const keys = (count) => repeat(count, (index) => `d${index}`)
  refusesOptions('if there are 31', { dimensions: keys(30) }, '', /31 dimensions.* takes 30/)
  refuses(
    'if there are 31 with those of all metrics',
    (own) => ({
      namespace: own,
      environment: false,
      defaultDimensions: { Service: 's' },
      metrics: { good: counter(), orders: counter({ dimensions: keys(30) }) },
    }),
    '$ orders',
    /31 dimensions/
  )
  refusesOptions(
    'if one is there twice',
    { dimensions: ['region', 'plan', 'region'] },
    '',
    /dimension "region" is there twice/
  )
  refusesOptions(
    'if two have one name',
    { dimensions: { a: 'Region', b: 'Region' } },
    '',
    /two dimensions have the name "Region"/
  )
  refusesOptions(
    'if the keys of two give one name',
    { dimensions: ['queue_name', 'queueName'] },
    '',
    /two dimensions have the name "QueueName"/
  )
  refusesOptions(
    'if one has the name of the first',
    { dimensions: ['environment'] },
    '',
    /Environment is added to each metric, unless environment is false/
  )
  refuses(
    'if one has the name of a default dimension',
    (own) => ({
      namespace: own,
      defaultDimensions: { Service: 's' },
      metrics: { good: counter(), orders: counter({ dimensions: ['service'] }) },
    }),
    '$ orders',
    /two dimensions have the name "Service"/
  )
  refusesOptions(
    'if they are a text',
    { dimensions: 'region' },
    ': dimensions',
    /must be a list or a plain object, not "region"/
  )
  refusesOptions(
    'if they are a map',
    { dimensions: 5 },
    ': dimensions',
    /must be a list or a plain object, not 5/
  )
  for (const key of [5, null, {}, '', '__proto__', Symbol('s'), ['region']]) {
    refusesOptions(
      `if one is ${Array.isArray(key) ? 'a list' : String(key)}`,
      { dimensions: ['plan', key] },
      '',
      /cannot be the key of a dimension/
    )
  }
  refusesOptions(
    'if the list has a hole',
    { dimensions: holed('a', 'b') },
    '',
    /undefined cannot be the key/
  )
  refusesOptions(
    'if the list is endless',
    {
      dimensions: new Proxy([], {
        get: (list, name) => (name === 'length' ? 2 ** 31 : list[name]),
      }),
    },
    '',
    /2147483648 items/
  )
  refusesOptions(
    'if the list is a proxy that throws',
    { dimensions: new Proxy(['a'], { get: () => fail('of a trap') }) },
    '',
    /cannot be read: of a trap/
  )
  for (const [name, why] of [
    ['', /blank/],
    [':a', /colon/],
    ['Größe', /ASCII/],
    ['n'.repeat(256), /256 characters/],
  ]) {
    const shown = `"${name.slice(0, 60)}${name.length > 60 ? '…' : ''}"`
    refusesOptions(
      `if one has the name ${name.slice(0, 5)}`,
      { dimensions: { region: name } },
      `: the dimension "region" with the name ${shown}`,
      why
    )
  }
  const ofRegion = ': the dimension "region"'
  for (const [what, region, where, why] of [
    ['no values', [], '', /values must be a list of texts/],
    ['values that are no list', { values: 'eu' }, '', /values must be a list of texts/],
    ['a value that is a number', [5], ' with the value 5', /must be a text/],
    ['a value that is empty', ['eu', ''], ' with the value ""', /blank/],
    ['a value that is not ASCII', ['Köln'], ' with the value "Köln"', /ASCII/],
    ['a hole among its values', holed('eu', 'us'), ' with the value undefined', /must be a text/],
    [
      'another property',
      { optional: true, label: 'x' },
      '',
      /no property "label"; there are name, values, optional, redact/,
    ],
    ['optional: 1', { optional: 1 }, '', /optional must be true or false/],
    ["redact: 'yes'", { redact: 'yes' }, '', /redact must be true or false/],
    ['a number in place of all', 5, '', /must be a plain object, not 5/],
    ['null in place of all', null, '', /must be a plain object, not null/],
    ['a name that is a number', { name: 5 }, ' with the name 5', /must be a text/],
  ]) {
    refusesOptions(`if one has ${what}`, { dimensions: { region } }, ofRegion + where, why)
  }
})

for (const option of ['rollups', 'recommendedRollups']) {
  describe(`${option} are refused`, () => {
    const dimensions = ['region', 'plan']
    for (const [what, value, why] of [
      [
        'over a dimension that does not exist',
        [['zone']],
        /no dimension "zone"; there are region, plan/,
      ],
      ['over a name in place of a key', [['Region']], /no dimension "Region"/],
      [
        'that name a dimension twice',
        [['region', 'region']],
        /\[region, region\] names a dimension twice/,
      ],
      ['that are the metric itself', [['plan', 'region']], /\[plan, region\] is the metric itself/],
      ['that are there twice', [['region'], [], ['region']], /\[region\] is there twice/],
      ['that are no list', 'region', /must be a list of lists/],
      ['that are a list of texts', ['region'], /"region" must be a list of dimensions/],
      ['with a hole', holed([], ['region']), /undefined must be a list of dimensions/],
      ['with a hole in a set', [holed('region', 'plan')], /no dimension undefined/],
      ['with null', [null], /null must be a list/],
      ['with a number in a set', [[0]], /no dimension 0/],
    ]) {
      refusesOptions(what, { dimensions, [option]: value }, `: ${option}`, why)
    }
    refusesOptions(
      'of a metric without dimensions',
      { [option]: [[]] },
      `: ${option}`,
      /\[\] is the metric itself/
    )
    refusesOptions(
      'over a dimension of a metric that has none',
      { [option]: [['region']] },
      `: ${option}`,
      /"region"; there are none/
    )
  })
}

test('a recommended roll-up that is a roll-up already is refused', () => {
  const orders = counter({ dimensions: ['a', 'b'], rollups: [['a']], recommendedRollups: [['a']] })
  assert.throws(
    () => defineMetrics({ namespace: namespace(), metrics: { orders } }),
    /orders: recommendedRollups: \[a\] is there twice/
  )
})
