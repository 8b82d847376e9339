// What `defineMetrics` refuses: the error says where and why, and nothing else is lost.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { counter, defineMetrics, distribution, gauge, metricsStats } from '../index.js'
import {
  fail,
  json,
  namespace,
  refuses,
  refusesMetric,
  refusesOptions,
  repeat,
  revoked,
} from '../testkit/input/refused-definitions.mjs'

describe('a namespace is refused', () => {
  for (const [what, value, shown, why] of [
    ['that is missing', undefined, 'undefined', /must be a text/],
    ['that is a number', 5, '5', /must be a text/],
    ['that is empty', '', '""', /blank/],
    ['that is blank', '  ', '"  "', /blank/],
    ['of AWS', 'AWS/EC2', '"AWS/EC2"', /for the metrics of AWS itself/],
    ['that begins with a colon', ':a', '":a"', /begin with a colon/],
    ['that is not ASCII', 'Größe', '"Größe"', /ASCII/],
    ['with a line break', 'a\nb', '"a\\nb"', /ASCII/],
    ['with a character that namespaces cannot have', 'a*b', '"a*b"', /characters of/],
    ['of 256 characters', 'n'.repeat(256), `"${'n'.repeat(60)}…"`, /256 characters.* 255/],
  ]) {
    const definition = () => ({ namespace: value, metrics: { a: counter() } })
    refuses(what, definition, `namespace ${shown}`, why)
  }
})

describe('a definition is refused', () => {
  const THE_DEFINITION = 'the definition'
  for (const [what, value, why] of [
    ['that is missing', undefined, /must be a plain object, not undefined/],
    ['that is null', null, /must be a plain object, not null/],
    ['that is a text', 'Shop', /must be a plain object, not "Shop"/],
    ['that is a list', [], /must be a plain object, not a list/],
    ['that is a function', () => {}, /must be a plain object, not a function/],
    ['that is a symbol', Symbol('s'), /must be a plain object, not Symbol\(s\)/],
    ['that is a proxy which is revoked', revoked({}), /cannot be read: .*revoked/],
    ['that is a class instance', new (class Shop {})(), /a plain object, not an instance of Shop/],
  ]) {
    refuses(what, () => value, THE_DEFINITION, why)
  }
  const withMore = (more) => (own) => ({ namespace: own, metrics: { good: counter() }, ...more })
  refuses(
    'with a property that does not exist',
    withMore({ dimensions: [] }),
    THE_DEFINITION,
    /no property "dimensions"; there are namespace, metrics/
  )
  refuses(
    'with __proto__ as a property',
    (own) => ({ ...json('{"__proto__": 1}'), namespace: own }),
    THE_DEFINITION,
    /no property "__proto__"/
  )
  refuses(
    'whose getter throws',
    (own) => ({
      namespace: own,
      get metrics() {
        return fail('of a getter')
      },
    }),
    THE_DEFINITION,
    /cannot be read: of a getter/
  )
  refuses(
    'whose getter throws undefined',
    () => ({
      get namespace() {
        throw undefined
      },
    }),
    THE_DEFINITION,
    /cannot be read: undefined/
  )
  refuses(
    'that is a proxy whose traps throw',
    () => new Proxy({}, { ownKeys: () => fail('of a trap') }),
    THE_DEFINITION,
    /cannot be read: of a trap/
  )

  refuses(
    'without metrics',
    (own) => ({ namespace: own }),
    '$: metrics',
    /must be a plain object, not undefined/
  )
  refuses(
    'whose metrics are a list',
    withMore({ metrics: [counter()] }),
    '$: metrics',
    /must be a plain object, not a list/
  )
  refuses('with no metric', withMore({ metrics: {} }), '$', /there are no metrics/)
  for (const value of ['false', null, 0, {}]) {
    refuses(
      `whose environment is ${JSON.stringify(value)}`,
      withMore({ environment: value }),
      '$',
      /environment must be true or false/
    )
  }
  for (const value of [30, '60', null, 0, Number.NaN]) {
    refuses(
      `whose storageResolution is ${JSON.stringify(value)}`,
      withMore({ storageResolution: value }),
      '$',
      /storageResolution must be 60 or 1/
    )
  }
  for (const value of [0, -1, 1.5, '5', 10_000_001, Number.POSITIVE_INFINITY, null, 5n]) {
    refuses(
      `whose maxSeries is ${String(value)}`,
      withMore({ maxSeries: value }),
      '$',
      /maxSeries must be a whole number from 1 to 10000000/
    )
  }
  refuses(
    'whose defaultDimensions are a list',
    withMore({ defaultDimensions: ['Service'] }),
    '$: defaultDimensions',
    /must be a plain object/
  )
  for (const [name, value, why] of [
    ['Service', 5, /must be a text/],
    ['Service', undefined, /must be a text/],
    ['Service', '', /blank/],
    ['Service', 'Größe', /ASCII/],
    ['Service', 'v'.repeat(1_025), /1025 characters.* 1024/],
  ]) {
    const shown = typeof value === 'string' ? /"/ : undefined
    const where = `$: the default dimension "${name}" with the value ${shown ? `"${value.slice(0, 60)}${value.length > 60 ? '…' : ''}"` : value}`
    refuses(
      `with the default dimension ${name}: ${String(value).slice(0, 9)}`,
      withMore({ defaultDimensions: { [name]: value } }),
      where,
      why
    )
  }
  for (const [name, why] of [
    ['', /blank/],
    [':a', /colon/],
    ['ä', /ASCII/],
    ['n'.repeat(256), /256 characters/],
  ]) {
    const where = `$: the default dimension "${name.slice(0, 60)}${name.length > 60 ? '…' : ''}"`
    refuses(
      `with a default dimension of the name ${name.slice(0, 5)}`,
      withMore({ defaultDimensions: { [name]: 'v' } }),
      where,
      why
    )
  }
})

describe('a metric is refused', () => {
  for (const [what, value] of [
    ['that no function has made', { unit: 'Count' }],
    ['that is a function', counter],
    ['that is null', null],
    ['that is a text', 'counter'],
    ['of another kind', { kind: 'histogram' }],
    ['that inherits its kind', Object.create(counter())],
  ]) {
    refusesMetric(what, value, '', /counter\(\), distribution\(\) or gauge\(\)/)
  }
  refusesMetric(
    'that is a proxy which is revoked',
    revoked(counter()),
    '',
    /cannot be read: .*revoked/
  )
  refuses(
    'whose key is __proto__',
    (own) => ({
      namespace: own,
      metrics: Object.defineProperty({}, '__proto__', { value: counter(), enumerable: true }),
    }),
    '$ __proto__',
    /no metric can have this key/
  )
  refuses(
    'whose key is not ASCII, without a name',
    (own) => ({ namespace: own, metrics: { größe: counter() } }),
    '$ größe: name "Größe"',
    /ASCII/
  )
  refuses(
    'whose key is empty',
    (own) => ({ namespace: own, metrics: { '': counter() } }),
    '$ : name ""',
    /blank/
  )
  refuses(
    'whose name another one of the definition has',
    (own) => ({ namespace: own, metrics: { orders: counter(), Orders: counter() } }),
    '$ Orders',
    /another metric has the name Orders/
  )
  refusesOptions(
    'with a property that does not exist',
    { rollup: [] },
    '',
    /no property "rollup"; there are name, unit, /
  )
  for (const [name, shown, why] of [
    ['', '""', /blank/],
    ['  ', '"  "', /blank/],
    [5, '5', /must be a text/],
    ['日本', '"日本"', /ASCII/],
    ['n'.repeat(256), `"${'n'.repeat(60)}…"`, /256 characters/],
  ]) {
    refusesOptions(`of the name ${String(name).slice(0, 5)}`, { name }, `: name ${shown}`, why)
  }
  for (const unit of ['count', 'Parsecs', '', 5, null, {}, Symbol('s')]) {
    refusesOptions(`in ${String(unit)}`, { unit }, '', /unit must be one of CloudWatch's/)
  }
  for (const description of [5, null, {}]) {
    refusesOptions(
      `with the description ${description}`,
      { description },
      '',
      /description must be a text/
    )
  }
})

describe('what is no plain object is refused', () => {
  const withMore = (more) => (own) => ({ namespace: own, metrics: { good: counter() }, ...more })
  for (const [shown, value] of [
    ['an instance of Set', new Set(['x'])],
    ['an instance of Map', new Map([['x', 'X']])],
    ['an instance of Dimensions', new (class Dimensions {})()],
    ['an object with another prototype', Object.create({ x: 'X' })],
    ['an object with another prototype', Object.create(Object.create(null))],
    ['an instance of Date', new Date()],
    ['null', null],
  ]) {
    const why = new RegExp(`must be (a list or )?a plain object, not ${shown}$`)
    refuses(`as metrics: ${shown}`, withMore({ metrics: value }), '$: metrics', why)
    refuses(
      `as default dimensions: ${shown}`,
      withMore({ defaultDimensions: value }),
      '$: defaultDimensions',
      why
    )
    refusesOptions(`as dimensions: ${shown}`, { dimensions: value }, ': dimensions', why)
    refusesOptions(
      `as a dimension: ${shown}`,
      { dimensions: { x: value } },
      ': the dimension "x"',
      why
    )
    test(`as the options of a metric: ${shown}`, () => {
      const message = new RegExp(
        `^TypeError: counter: options must be a plain object, not ${shown}$`
      )
      assert.throws(() => counter(value), message)
    })
  }
  for (const [shown, value] of [
    ['null', null],
    ['an instance of Set', new Set([['x']])],
  ]) {
    for (const option of ['rollups', 'recommendedRollups']) {
      const options = { dimensions: ['x'], [option]: value }
      const why = new RegExp(`must be a list of lists of dimensions, not ${shown}$`)
      refusesOptions(`as ${option}: ${shown}`, options, `: ${option}`, why)
    }
  }
})

test('the options of a metric are refused at once if they are no options', () => {
  for (const [kind, make] of Object.entries({ counter, distribution, gauge })) {
    for (const options of [null, 5, 'Count', [], () => {}, Symbol('s'), revoked({})]) {
      assert.throws(() => make(options), new RegExp(`^TypeError: ${kind}: options `))
    }
    assert.throws(() => make({ kind: 'gauge' }), new RegExp(`^TypeError: ${kind}: .*"kind"`))
    const throwing = {
      get unit() {
        return fail('of a getter')
      },
    }
    assert.throws(() => make(throwing), new RegExp(`^TypeError: ${kind}: .*of a getter`))
  }
})

describe('a definition is accepted', () => {
  const keysOf = (metrics) => Object.keys(metrics)
  for (const [what, definition] of [
    [
      'of objects of another context',
      () =>
        runInNewContext('({ metrics: { orders: counter({ dimensions: {}, rollups: [] }) } })', {
          counter,
        }),
    ],
    [
      'of objects without a prototype',
      () =>
        Object.assign(Object.create(null), {
          metrics: Object.assign(Object.create(null), { orders: counter(Object.create(null)) }),
        }),
    ],
    [
      'of proxies',
      () => new Proxy({ metrics: new Proxy({ orders: counter(new Proxy({}, {})) }, {}) }, {}),
    ],
    [
      'of frozen objects',
      () =>
        Object.freeze({
          metrics: Object.freeze({
            orders: counter(Object.freeze({ dimensions: Object.freeze(['a']) })),
          }),
        }),
    ],
    [
      'of getters',
      () => ({
        get metrics() {
          return {
            get orders() {
              return counter()
            },
          }
        },
      }),
    ],
    [
      'with options that are undefined',
      () => ({
        environment: undefined,
        defaultDimensions: undefined,
        storageResolution: undefined,
        maxSeries: undefined,
        metrics: {
          orders: counter({
            name: undefined,
            unit: undefined,
            dimensions: undefined,
            rollups: undefined,
            recommendedRollups: undefined,
            description: undefined,
          }),
        },
      }),
    ],
  ]) {
    test(what, () => {
      const given = definition()
      const own = namespace()
      const all = Object.isFrozen(given)
        ? { ...given, namespace: own }
        : Object.defineProperty(given, 'namespace', { value: own, enumerable: true })
      assert.deepEqual(keysOf(defineMetrics(all)), ['orders'])
    })
  }

  test('that has every limit of CloudWatch', () => {
    const name = 'n'.repeat(255)
    const dimensions = Object.fromEntries(
      repeat(29, (index) => [`d${index}`, `${index}`.padEnd(255, 'd')])
    )
    defineMetrics({
      namespace: `${namespace()} ${'#:._-/'}`.padEnd(255, 'n'),
      defaultDimensions: {},
      maxSeries: 10_000_000,
      storageResolution: 1,
      metrics: { orders: counter({ name, dimensions }) },
    })
  })

  test('whose getters give another value each time, of which the first one counts', () => {
    const names = ['First', '']
    defineMetrics({
      namespace: namespace(),
      metrics: {
        orders: {
          kind: 'counter',
          get name() {
            return names.shift()
          },
        },
      },
    })
    assert.deepEqual(names, [''])
  })
})

test('what is returned cannot be changed, and holds the functions of the kind of metric', () => {
  const metrics = defineMetrics({
    namespace: namespace(),
    metrics: {
      orders: counter({ dimensions: ['a'] }),
      size: distribution({ unit: 'Bytes' }),
      ...Object.fromEntries(
        ['Seconds', 'Milliseconds', 'Microseconds'].map((unit) => [unit, distribution({ unit })])
      ),
      depth: gauge({ unit: 'Seconds' }),
    },
  })
  const functions = Object.entries(metrics).map(([key, metric]) => [key, Object.keys(metric)])
  assert.deepEqual(Object.fromEntries(functions), {
    orders: ['add', 'with'],
    size: ['record', 'with'],
    Seconds: ['record', 'startTimer', 'with'],
    Milliseconds: ['record', 'startTimer', 'with'],
    Microseconds: ['record', 'startTimer', 'with'],
    depth: ['set', 'observe', 'with'],
  })
  for (const object of [metrics, metrics.orders, metrics.orders.with({ a: '1' })]) {
    assert.ok(Object.isFrozen(object))
  }
})

test('defining turns nothing on', () => {
  assert.equal(metricsStats().state, 'idle')
})
