// Copies of the package in one process share one state. The matrix of copies plays more ways to get them.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { delay, hang } from '@sim/local-cloudwatch/faults'
import registry from '../lib/registry.js'
import { installCopies } from '../testkit/copies/installations.mjs'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

let installations
before(async () => {
  installations = await installCopies()
})
after(() => installations.remove())

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Starts a child that evaluates statements of `programs/copies-expression.mjs`. */
function begin(statements) {
  const env = environment(cloudwatch.endpoint, CREDENTIALS)
  return start('copies-expression.mjs', { env, args: [JSON.stringify(installations), statements] })
}

/** Runs such a child to its end, which has to be as if there was no package; gives the result of the statements. */
async function evaluate(statements, code = 0) {
  const { ended, message } = begin(statements)
  const { result } = await message()
  const { stdout: _, ...end } = await ended
  assert.deepEqual(end, { code, signal: null, stderr: '' })
  return result
}

/** The line of `appliedRecords` of a record that a program made of a provider. */
const used = (provider, deployment = 'test') =>
  `Used Count {Environment=${deployment},Provider=${provider}} 1`

const RECORD = `
  const record = (copy, provider) => copy.hostedKeyMetrics.recordUsed({ provider })
`
const TWO_COPIES = `
  const first = copy()
  const second = copy()
`

test('a copy exports the functions of the copy before it, also to import', async () => {
  const isSame = await evaluate(`
    ${TWO_COPIES}
    const { pathToFileURL } = await import('node:url')
    const imported = await import(pathToFileURL(at.installed + '/index.js'))
    const isSame = (name) => second[name] === first[name] && imported[name] === first[name]
    return Object.fromEntries(Object.keys(first).map((name) => [name, isSame(name)]))`)
  const names = [
    ...['counter', 'defineMetrics', 'distribution', 'gauge'],
    ...['flushMetrics', 'metricsStats', 'configureMetrics', 'hostedKeyMetrics', 'workflowMetrics'],
    ...['flushHostedKeyMetrics', 'hostedKeyMetricsStats', 'configureHostedKeyMetrics'],
  ]
  assert.deepEqual(isSame, Object.fromEntries(names.map((name) => [name, true])))
})

test('options that were chosen through a copy hold for the others, and the first record seals them for all', async () => {
  const refusals = await evaluate(`
    ${RECORD}
    ${TWO_COPIES}
    first.configureHostedKeyMetrics({ environment: 'chosen' })
    record(second, 'a')
    return [first, second, copy()].map(({ configureHostedKeyMetrics }) => {
      try {
        configureHostedKeyMetrics({ environment: 'late' })
      } catch ({ message }) {
        return message
      }
    })`)
  assert.equal(refusals.length, 3)
  for (const refusal of refusals) assert.match(refusal, /before the first record/)
  assert.deepEqual(appliedRecords(cloudwatch), [used('a', 'chosen')])
})

test('copies that record listen once to the end of the process, and to no signal', {
  skip: IS_WINDOWS,
}, async () => {
  const [one, twenty, signals] = await evaluate(`
    ${RECORD}
    const listeners = () =>
      ['beforeExit', 'exit', 'removeListener'].map((event) => process.listenerCount(event))
    record(copy(), 'a')
    const one = listeners()
    for (let index = 0; index < 19; index++) record(copy(), 'a')
    const { signals } = (await import('node:os')).constants
    return [one, listeners(), Object.keys(signals).filter((name) => process.listenerCount(name) > 0)]`)
  assert.deepEqual(twenty, one)
  assert.deepEqual(signals, [])
  assert.deepEqual(appliedRecords(cloudwatch), Array(20).fill(used('a')))
})

test('a copy that another version shares its state with tells the same, and delivers once', async () => {
  const told = await evaluate(`
    ${RECORD}
    const copies = [copy(), copy(at.compatible)]
    record(copies[0], 'a')
    record(copies[1], 'b')
    return copies.map((copy) => JSON.stringify(copy.hostedKeyMetricsStats()))`)
  assert.equal(told[0], told[1])
  assert.equal(JSON.parse(told[0]).recorded, 2)
  assert.deepEqual(appliedRecords(cloudwatch), [used('a'), used('b')])
})

test('the binary of one copy serves another one that lacks it, whichever comes first', async () => {
  for (const folders of ['at.withoutBinary, at.installed', 'at.installed, at.withoutBinary']) {
    await evaluate(`
      ${RECORD}
      for (const [index, { hostedKeyMetrics }] of [${folders}].map(copy).entries()) {
        hostedKeyMetrics.recordUsed({ provider: String(index) })
      }`)
  }
  assert.deepEqual(appliedRecords(cloudwatch), [used('0'), used('0'), used('1'), used('1')])
})

describe('an incompatible version', () => {
  const BOTH_RECORD = `
    ${RECORD}
    const copies = [copy(), copy(at.incompatible)]
    record(copies[0], 'a')
    record(copies[1], 'b')
  `

  test('stays apart, and delivers too', async () => {
    const told = await evaluate(`
      ${BOTH_RECORD}
      return {
        isShared: copies[0].hostedKeyMetrics === copies[1].hostedKeyMetrics,
        recorded: copies.map((copy) => copy.hostedKeyMetricsStats().recorded),
      }`)
    assert.deepEqual(told, { isShared: false, recorded: [1, 1] })
    assert.deepEqual(appliedRecords(cloudwatch), [used('a'), used('b')])
  })

  test('does not keep a signal from ending the process', {
    skip: IS_WINDOWS,
    timeout: 20_000,
  }, async (t) => {
    // Whichever copy is the slower one has the time it needs.
    cloudwatch.setFault((index) => (index === 1 ? delay(100) : undefined))
    const { child, ended, message } = begin(`${BOTH_RECORD}; setInterval(() => {}, 60_000)`)
    t.after(() => child.kill('SIGKILL'))
    await message()
    child.kill('SIGTERM')
    const { stdout: _, ...end } = await ended
    assert.deepEqual(end, { code: null, signal: 'SIGTERM', stderr: '' })
    assert.deepEqual(appliedRecords(cloudwatch), [used('a'), used('b')])
  })
})

test('at an exit, a version whose CloudWatch hangs does not keep another one from sending', async () => {
  const hanging = await startLocalCloudWatch()
  hanging.setFault(hang())
  try {
    const { ended } = begin(`
      ${RECORD}
      const hanging = copy()
      const other = copy(at.incompatible)
      hanging.configureHostedKeyMetrics({ endpoint: '${hanging.endpoint}', shutdownTimeoutMs: 500 })
      record(hanging, 'a')
      record(other, 'b')
      process.exit(3)`)
    assert.equal((await ended).code, 3)
    assert.equal(hanging.requests.length, 1)
    assert.deepEqual(appliedRecords(cloudwatch), [used('b')])
  } finally {
    await hanging.close()
  }
})

describe('vm contexts of a thread', () => {
  const CONTEXTS = 'const [first, second] = [inContext(), inContext()]'

  test('send what the second one records in a listener of exit', async () => {
    await evaluate(`
      ${RECORD}
      ${CONTEXTS}
      record(first, 'a')
      record(second, 'b')
      process.on('exit', () => record(second, 'late'))`)
    assert.deepEqual(
      appliedRecords(cloudwatch),
      ['a', 'b', 'late'].map((name) => used(name))
    )
  })

  test('let the process end when the second one flushes in vain in a listener of beforeExit', async () => {
    cloudwatch.setFault(hang())
    const { ended } = begin(`
      ${RECORD}
      ${CONTEXTS}
      first.configureHostedKeyMetrics({ shutdownTimeoutMs: 100, logger: { warn() {} } })
      second.configureHostedKeyMetrics({ logger: { warn() {} } })
      record(first, 'a')
      record(second, 'b')
      process.on('beforeExit', () => second.flushHostedKeyMetrics())`)
    const { code, signal, stderr } = await ended
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  })
})

test('after a record of a process that is switched off, options are refused', async () => {
  const message = await evaluate(`
    ${RECORD}
    const own = copy()
    process.env.HKM_ENABLED = 'false'
    record(own, 'a')
    try {
      own.configureHostedKeyMetrics({ enabled: true })
    } catch ({ message }) {
      return message
    }`)
  assert.match(message, /before the first record or observation: enabled cannot change/)
})

describe('after a record, options are refused in a vm context that has not recorded', () => {
  for (const [what, prepare] of [
    ['if metrics are on', ''],
    ['if metrics are disabled by a variable', "process.env.HKM_ENABLED = 'false'"],
    ['if the binary cannot be loaded', 'at.installed = at.withoutBinary'],
  ]) {
    test(what, async () => {
      const refusals = await evaluate(`
        ${RECORD}
        ${prepare}
        const [first, second] = [inContext(), inContext()]
        const logger = { warn() {} }
        first.configureHostedKeyMetrics({ logger })
        ${what.includes('variable') ? '' : 'first.configureHostedKeyMetrics({ maxSeries: 5 })'}
        record(first, 'a')
        const refusal = (copy, options) => {
          try {
            copy.configureHostedKeyMetrics(options)
          } catch ({ message }) {
            return message
          }
        }
        return [
          refusal(second, { environment: 'late' }),
          refusal(second, { maxSeries: 6 }),
          refusal(second, { logger }) ?? 'accepted',
          ${what.includes('variable') ? "'accepted'" : "refusal(second, { maxSeries: 5 }) ?? 'accepted'"},
        ]`)
      assert.match(refusals[0], /before the first record/)
      assert.match(refusals[1], /before the first record/)
      assert.deepEqual(refusals.slice(2), ['accepted', 'accepted'])
    })
  }
})

describe('the global object', () => {
  test('has no property of the package but the one that no loop finds', async () => {
    const names = await evaluate(`
      ${RECORD}
      const before = Reflect.ownKeys(globalThis)
      record(copy(), 'a')
      return Reflect.ownKeys(globalThis)
        .filter((key) => !before.includes(key))
        .map((key) => [String(key), Object.prototype.propertyIsEnumerable.call(globalThis, key)])`)
    assert.deepEqual(names, [['Symbol(@sim/hkm-native)', false]])
  })

  const KEY = "Symbol.for('@sim/hkm-native')"
  for (const [what, prepare] of [
    ['is frozen', 'Object.freeze(globalThis)'],
    ['takes no more properties', 'Object.preventExtensions(globalThis)'],
    ...[
      "'text'",
      'null',
      '{}',
      'Object.freeze({ versions: 1 })',
      '{ versions: new WeakMap() }',
      '{ versions: { get: () => 5 } }',
      `{ versions: new Map([[${registry.VERSION}, {}]]) }`,
      `{ versions: new Map([[${registry.VERSION}, {}]]), starts: [] }`,
    ].map((value) => [`has ${value} in its place`, `globalThis[${KEY}] = ${value}`]),
    [
      'has what throws in its place',
      `Object.defineProperty(globalThis, ${KEY}, { get() { throw new Error('of somebody else') } })`,
    ],
  ]) {
    test(`that ${what} does no harm to copies`, async () => {
      const added = await evaluate(`
        ${RECORD}
        ${prepare}
        ${TWO_COPIES}
        const before = process.listenerCount('exit')
        record(first, 'a')
        record(second, 'b')
        return process.listenerCount('exit') - before`)
      assert.equal(added, IS_WINDOWS ? 2 : 1)
      assert.deepEqual(appliedRecords(cloudwatch), [used('a'), used('b')])
    })
  }

  test('that is frozen later, with all it refers to, does no harm at the end', async () => {
    await evaluate(
      `
        ${RECORD}
        record(copy(), 'a')
        Object.freeze(globalThis[${KEY}])
        process.exitCode = 5`,
      5
    )
    assert.deepEqual(appliedRecords(cloudwatch), [used('a')])
  })
})
