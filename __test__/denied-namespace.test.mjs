// A policy may allow PutMetricData for some namespaces alone, by the condition `cloudwatch:namespace`. A namespace that is denied
// keeps its records, and the others are sent.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied } from '@sim/local-cloudwatch/faults'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const DENIED = 'Test/Denied'
/** Whatever the order is in which requests are made, one comes after the denied one. */
const ALLOWED = ['Test/Another', 'Test/Zone']
const NAMESPACES = [ALLOWED[1], DENIED, ALLOWED[0]]
const denial = accessDenied()
/** Denies a namespace while `isDenied`. */
const denying = (isDenied) => ({
  meet(exchange, proceed) {
    const { Namespace } = exchange.request.input
    return Namespace === DENIED && isDenied() ? denial.meet(exchange, proceed) : proceed()
  },
})

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Starts a child that records to both namespaces. Further statements have `record` and `stats`. */
function begin(statements, variables = {}) {
  return start('expression.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, ...variables }),
    args: [
      `const define = (namespace) =>
        hkm.defineMetrics({ namespace, metrics: { orders: hkm.counter({ dimensions: ['at'], rollups: [[]] }) } })
      const all = ${JSON.stringify(NAMESPACES)}.map(define)
      const record = (at) => all.forEach(({ orders }) => orders.add(1, { at }))
      const stats = () => hkm.metricsStats()
      const until = async (isMet) => {
        while (!isMet()) await new Promise(setImmediate)
      }
      ${statements}`,
    ],
  })
}

const ofNamespace = (namespace) =>
  appliedRecords({
    applied: () => cloudwatch.applied().filter((datum) => datum.namespace === namespace),
  })
const lines = (...moments) =>
  [
    ...moments.map((at) => `Orders Count {Environment=test,At=${at}} 1`),
    ...moments.map(() => 'Orders Count {Environment=test} 1'),
  ].sort()

function assertAllowed(...moments) {
  for (const namespace of ALLOWED) assert.deepEqual(ofNamespace(namespace), lines(...moments))
}

test('a namespace that is denied does not keep another one from being sent', async () => {
  cloudwatch.setFault(denying(() => true))
  const { child, ended, message } = begin(
    `record('first')
    hkm.flushMetrics()
    await until(() => stats().applied === 2)
    record('second')
    hkm.flushMetrics()
    await until(() => stats().applied === 4)
    process.send(stats())
    await new Promise(() => {})`
  )
  const { applied, buffered, inFlight, dropped, rollups, lastError } = await message()
  child.kill('SIGKILL')
  const { stderr } = await ended
  assertAllowed('first', 'second')
  assert.deepEqual(ofNamespace(DENIED), [])
  assert.deepEqual([applied, buffered + inFlight, dropped.rejected], [4, 2, 0])
  assert.equal(rollups.applied, 4)
  assert.equal(lastError.code, 'AccessDenied')
  assert.match(stderr, /allow cloudwatch:PutMetricData/)
})

test('records of a namespace that was denied arrive once it is allowed', async () => {
  let isDenied = true
  cloudwatch.setFault(denying(() => isDenied))
  const { child, ended, message } = begin(
    `record('first')
    hkm.flushMetrics()
    await until(() => stats().applied === 2 && stats().retries > 0)
    process.send('denied')
    await new Promise((resolve) => process.once('message', resolve))
    while (stats().applied < 3) await hkm.flushMetrics()
    process.send(stats())`
  )
  assert.equal(await message(), 'denied')
  isDenied = false
  child.send('allowed')
  const { applied, possiblyDuplicated } = await message()
  assert.equal((await ended).code, 0)
  assert.deepEqual([applied, possiblyDuplicated], [3, 0])
  assertAllowed('first')
  assert.deepEqual(ofNamespace(DENIED), lines('first'))
})

test('at the end of the process, what is allowed arrives and what is denied is told as lost', async () => {
  cloudwatch.setFault(denying(() => true))
  const { ended } = begin(`record('last'); process.exit(0)`, { HKM_SHUTDOWN_TIMEOUT_MS: '1000' })
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assertAllowed('last')
  assert.deepEqual(ofNamespace(DENIED), [])
  assert.match(stderr, /1 record was lost at the end of the process: .*PutMetricData/)
})
