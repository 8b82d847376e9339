// Several namespaces in one process. CloudWatch denies one, refuses it, or fails for it: the records of the others arrive, and
// nothing arrives again and again.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, poison, refuse, status } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Evaluates statements in a child, which ends with `process.exit()` then. Returns their result, and the warnings. */
async function run(statements, variables = {}) {
  const { ended, message } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      HKM_FLUSH_INTERVAL_MS: '200',
      HKM_SHUTDOWN_TIMEOUT_MS: '300',
      ...variables,
    }),
    args: [
      `${DEFINE}
      const result = await (async () => { ${statements} })()
      await new Promise(() => process.send(result, () => process.exit(0)))`,
    ],
  })
  const result = await message()
  const { code, stderr } = await ended
  assert.equal(code, 0, stderr)
  return { result, warnings: stderr.split('\n').slice(0, -1) }
}

/** Requests of one namespace meet the fault. */
const onNamespace = (namespace, fault) => (_, request) =>
  request.input.Namespace === namespace ? fault : undefined

/** Applied answers get lost if a request has a datum of which `isConcerned` is true. */
const lostAnswer = (isConcerned) => (_, request) =>
  request.input.MetricData?.some(isConcerned) ? status(503, { when: 'after' }) : undefined

/** The number of records that CloudWatch has of a namespace, and whose number of dimensions is `dimensions`. */
function stored(namespace, dimensions) {
  return cloudwatch
    .applied()
    .filter((datum) => datum.namespace === namespace)
    .filter((datum) => dimensions === undefined || datum.dimensions.length === dimensions)
    .flatMap(({ counts }) => counts)
    .reduce((sum, count) => sum + count, 0)
}

const requestsOf = (namespace) =>
  cloudwatch.requests.filter(({ input }) => input.Namespace === namespace)

const DEFINE = `
  const { counter, defineMetrics, flushMetrics, metricsStats } = hkm
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const define = (namespace, options) => defineMetrics({
    namespace, metrics: { done: counter({ dimensions: ['x'], ...options }) },
  }).done`

// A flush on demand is the first attempt to send.
const FLUSHED_ON_DEMAND = { HKM_FLUSH_INTERVAL_MS: '60000' }

describe('if answers get lost', () => {
  const ROUNDS = 10
  const SERIES = 1_000
  const isTotal = ({ Dimensions }) => Dimensions.length === 1

  test('a total whose request is alone is stored a few times, and each possible copy is counted', async () => {
    cloudwatch.setFault(lostAnswer(isTotal))
    // The total is the last datum, and a request holds 1,000.
    const { result } = await run(
      `const orders = define('Shop/Orders', { rollups: [[]] })
      for (let round = 0; round < ${ROUNDS}; round++) {
        for (let x = 0; x < ${SERIES}; x++) orders.add(1, { x })
        await flushMetrics({ timeoutMs: 500 })
      }
      return metricsStats()`,
      FLUSHED_ON_DEMAND
    )
    const recorded = ROUNDS * SERIES
    assert.equal(result.recorded, recorded)
    assert.ok(result.applied > recorded / 2, `new records do not wait: ${result.applied}`)
    // An attempt in the middle of a round has the total and some of its parts in one request.
    assert.ok(result.possiblyDuplicated < recorded / 2, JSON.stringify(result))
    const parts = stored('Shop/Orders', 2)
    assert.ok(
      parts <= result.applied + result.possiblyDuplicated,
      `${parts} ${JSON.stringify(result)}`
    )
    const total = stored('Shop/Orders', 1)
    assert.ok(total <= 8 * recorded, `${total} for ${recorded} records`)
    // What is not sent again has no copy.
    const { stored: made, possiblyDuplicated } = result.rollups
    assert.ok(total <= made + possiblyDuplicated && possiblyDuplicated > 0, JSON.stringify(result))
  })

  test('one answer that gets lost is one possible copy of each record of the total', async () => {
    let lost = 0
    cloudwatch.setFault((_, request) =>
      request.input.MetricData.some(isTotal) && lost++ === 0
        ? status(500, { when: 'after' })
        : undefined
    )
    const { result } = await run(
      `const orders = define('Shop/Orders', { rollups: [[]] })
      for (let x = 0; x < ${SERIES}; x++) orders.add(1, { x })
      return { told: await flushMetrics(), stats: metricsStats() }`,
      FLUSHED_ON_DEMAND
    )
    const { told, stats } = result
    assert.deepEqual(told, { delivered: true, remaining: 0 })
    assert.equal(stored('Shop/Orders', 1), 2 * SERIES)
    assert.equal(stats.possiblyDuplicated, 0)
    assert.equal(stats.rollups.possiblyDuplicated, SERIES)
  })

  test('the records of one namespace are stored three times while those of another one arrive', async () => {
    cloudwatch.setFault(onNamespace('Shop/A', status(503, { when: 'after' })))
    const { result } = await run(`
      const [a, b] = [define('Shop/A'), define('Shop/B')]
      for (let x = 0; x < 10; x++) a.add(1, { x })
      for (let round = 0; round < 100; round++) {
        b.add(1, { x: 1 })
        await sleep(50)
      }
      await flushMetrics({ timeoutMs: 500 })
      return metricsStats()`)
    assert.equal(stored('Shop/A'), 30)
    assert.equal(result.possiblyDuplicated, 20)
    assert.equal(stored('Shop/B'), 100)
  })
})

describe('if a namespace is denied', () => {
  test('it costs another one no records when the buffer is full', async () => {
    cloudwatch.setFault(onNamespace('Shop/A', accessDenied()))
    const { result } = await run(
      `
      const [a, b] = [define('Shop/A'), define('Shop/B')]
      for (let round = 0; round < 60; round++) {
        for (let x = 0; x < 80; x++) a.add(1, { x })
        for (let x = 0; x < 10; x++) b.add(1, { x })
        await sleep(100)
      }
      await flushMetrics({ timeoutMs: 500 })
      return metricsStats()`,
      { HKM_STORAGE_RESOLUTION: '1', HKM_MAX_BUFFERED_DATUMS: '300', HKM_MAX_SERIES: '200' }
    )
    assert.equal(stored('Shop/B'), 600)
    assert.ok(result.dropped.bufferFull > 0)
    assert.equal(result.applied, 600)
  })

  test('warnings, lastError and the report at the end name it, and the condition of a policy', async () => {
    cloudwatch.setFault(onNamespace('Shop/A', accessDenied()))
    const { result, warnings } = await run(`
      define('Shop/B').add(1, { x: 1 })
      define('Shop/A').add(1, { x: 1 })
      await flushMetrics({ timeoutMs: 1_000 })
      return metricsStats().lastError`)
    assert.equal(result.namespace, 'Shop/A')
    assert.equal(warnings.length, 2)
    assert.match(
      warnings[0],
      / Metrics of Shop\/A were not delivered; they are kept and sent again\. Access was denied.* cloudwatch:namespace/
    )
    assert.match(
      warnings[1],
      / 1 record was lost at the end of the process: those of Shop\/A were not delivered\. Access was denied/
    )
  })

  test('a flush and the end of the process wait for one attempt if it has been denied for long', async () => {
    cloudwatch.setFault(onNamespace('Shop/A', accessDenied()))
    const { result } = await run(
      `
      const [a, b] = [define('Shop/A'), define('Shop/B')]
      a.add(1, { x: 1 })
      b.add(1, { x: 1 })
      const first = await flushMetrics({ timeoutMs: 10_500 })
      const flushes = []
      for (let round = 0; round < 3; round++) {
        b.add(1, { x: 1 })
        const { requests } = metricsStats()
        const told = await flushMetrics({ timeoutMs: 60_000 })
        flushes.push({ ...told, requests: metricsStats().requests - requests })
      }
      return { first, flushes, tries: metricsStats().requests - 4 }`,
      { HKM_FLUSH_INTERVAL_MS: '600000', HKM_SHUTDOWN_TIMEOUT_MS: '60000' }
    )
    assert.deepEqual(result.first, { delivered: false, remaining: 1 })
    for (const { delivered, remaining, requests } of result.flushes) {
      assert.deepEqual({ delivered, remaining }, { delivered: false, remaining: 1 })
      // A scheduled attempt may come on top.
      assert.ok(requests <= 4, `${requests} requests`)
    }
    assert.equal(stored('Shop/B'), 4)
    const tries = requestsOf('Shop/A').length - result.tries
    assert.ok(tries <= 2, `${tries} requests at the end`)
  })
})

describe('if a namespace is refused', () => {
  test('as a whole, the others arrive, and the warning says which it is', async () => {
    const refused = refuse('InvalidParameterValue')
    cloudwatch.setFault(onNamespace('Shop/A', refused))
    const { result, warnings } = await run(`
      const [a, b] = [define('Shop/A'), define('Shop/B')]
      for (let round = 0; round < 40; round++) {
        for (let x = 0; x < 10; x++) {
          a.add(1, { x })
          b.add(1, { x })
        }
        await sleep(100)
      }
      await flushMetrics({ timeoutMs: 500 })
      return metricsStats()`)
    assert.equal(stored('Shop/B'), 400)
    assert.equal(result.buffered + result.inFlight, 400)
    assert.ok(requestsOf('Shop/A').length < 100, `${requestsOf('Shop/A').length} requests`)
    assert.match(
      warnings[0],
      / Metrics of Shop\/A .* CloudWatch refuses everything that is sent to Shop\/A, at last Done X=/
    )
    assert.match(warnings[1], / 400 records were lost .* those of Shop\/A were not delivered/)
    assert.equal(warnings.length, 2)
  })

  test('for one value that is alone in it, the value is kept and named', async () => {
    const isPoison = ({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'poison')
    cloudwatch.setFault(poison(isPoison))
    const { result, warnings } = await run(`
      const [a, b] = [define('Shop/A'), define('Shop/B')]
      for (let round = 0; round < 40; round++) {
        a.add(1, { x: 'poison' })
        b.add(1, { x: 'fine' })
        await sleep(50)
      }
      await flushMetrics({ timeoutMs: 500 })
      const kept = metricsStats()
      a.add(1, { x: 'fine' })
      const last = await flushMetrics()
      return { kept, last, dropped: metricsStats().dropped.rejected }`)
    assert.equal(stored('Shop/B'), 40)
    assert.deepEqual([result.kept.dropped.rejected, result.kept.buffered], [0, 40])
    assert.match(warnings[0], /at last Done X=poison with the value 1e0/)
    // Another value of the namespace is accepted, so this one is the culprit.
    assert.deepEqual([result.last.remaining, result.dropped], [0, 40])
    assert.match(
      warnings[1],
      / Metrics of Shop\/A .* they are dropped: CloudWatch refuses Done X=poison/
    )
  })
})
