// What is said about labels that look like secrets.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

const SECRET = 'https://internal.example/?token=1'

/** Returns the warnings of statements, without the prefix. */
async function warningsOf(statements) {
  const { stderr } = await evaluate(statements, environment(cloudwatch.endpoint, CREDENTIALS))
  assert.ok(!stderr.includes('internal'), stderr)
  const lines = stderr.split('\n').filter((line) => line !== '')
  return lines.map((line) => line.replace(/^\[\S+\] /, ''))
}

test('a warning names the namespace, the metric and the label, once for each metric', async () => {
  const warnings = await warningsOf(`
    const redact = { redact: true }
    const { counter } = hkm
    const shop = hkm.defineMetrics({
      namespace: 'Shop/Fetch',
      metrics: {
        calls: counter({ dimensions: { target: { name: 'TargetUrl', redact: true }, plain: {} } }),
        fails: counter({ dimensions: { from: redact, to: redact } }),
      },
    })
    const url = '${SECRET}'
    for (const labels of [{ target: url, plain: 'a' }, { target: url, plain: url }]) shop.calls.add(1, labels)
    shop.fails.add(1, { from: url, to: url })
    m.recordUsed({ provider: 'p', tool: 't', key: url })`)
  const advice =
    'pass a name of letters, digits and _. If it is no secret, define the dimension without redact'
  const replaced = 'looks like a secret and was replaced by [redacted]'
  assert.deepEqual(warnings, [
    `The label TargetUrl of Shop/Fetch Calls ${replaced}: ${advice}`,
    `The label From, To of Shop/Fetch Fails ${replaced}: ${advice}`,
    `The label Key of Sim/HostedKey Used ${replaced}: pass the name of the environment variable that holds the key`,
  ])
})

test('the warnings have a maximum, and each label is redacted', async () => {
  const warnings = await warningsOf(`
    for (let at = 0; at < 25; at++) {
      const key = hkm.counter({ name: 'M' + at, dimensions: { key: { redact: true } } })
      hkm.defineMetrics({ namespace: 'Shop/Many', metrics: { key } }).key.add(1, { key: '${SECRET}' })
    }`)
  assert.equal(warnings.length, 10)
  assert.match(warnings[9], /no more warnings of this kind about other metrics/)
  const records = appliedRecords(cloudwatch)
  assert.equal(records.filter((line) => line.includes('Key=[redacted]')).length, 25, records)
})
