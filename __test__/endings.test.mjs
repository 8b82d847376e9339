// However a process ends, what it recorded arrives, and it ends as it would have without the package.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { accessDenied, hang } from '../local/faults.mjs'
import { startLocalCloudWatch } from '../local/server.mjs'
import { appliedRecords, CREDENTIALS, environment, run, start } from './harness.mjs'

const RECORDS = 1_000

let cloudwatch
let env
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  env = environment(cloudwatch.endpoint, CREDENTIALS)
})
afterEach(() => cloudwatch.close())

describe('everything recorded arrives, and the exit code is the same as ever', () => {
  for (const [ending, code, records, stderr] of [
    ['natural', 0, RECORDS, /^$/],
    ['exit', 3, RECORDS, /^$/],
    ['throw', 1, RECORDS, /^(?!.*HostedKeyMetrics).*Error: thrown on purpose/s],
    ['rejection', 1, RECORDS, /^(?!.*HostedKeyMetrics).*Error: rejected on purpose/s],
    ['record in beforeExit', 0, RECORDS + 1, /^$/],
    ['record in exit', 0, RECORDS + 1, /^$/],
  ]) {
    test(`when it ends by ${ending}`, async () => {
      const end = await run('ending.mjs', { env, args: [ending] })
      assert.deepEqual({ code: end.code, signal: end.signal }, { code, signal: null })
      assert.match(end.stderr, stderr)
      assert.equal(appliedRecords(cloudwatch).length, records)
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`when ${signal} ends it, it dies of the signal`, async () => {
      const { child, ended, message } = start('ending.mjs', { env, args: ['signal'] })
      await message()
      child.kill(signal)
      const end = await ended
      assert.deepEqual({ code: end.code, signal: end.signal }, { code: null, signal })
      assert.equal(end.stderr, '')
      assert.equal(appliedRecords(cloudwatch).length, RECORDS)
    })

    for (const [listener, order, records] of [
      ['fast', 'before', RECORDS],
      ['fast', 'after', RECORDS],
      ['slow', 'before', RECORDS + 1],
      ['slow', 'after', RECORDS + 1],
    ]) {
      test(`when a ${listener} listener added ${order} the first record ends it upon ${signal}`, async () => {
        const args = ['signal', listener, order]
        const { child, ended, message } = start('ending.mjs', { env, args })
        await message()
        child.kill(signal)
        const end = await ended
        assert.deepEqual({ code: end.code, signal: end.signal }, { code: 7, signal: null })
        assert.equal(appliedRecords(cloudwatch).length, records)
      })
    }
  }
})

test('a process whose own listener ignores a signal stays, however often, and its records arrive', async () => {
  const { child, ended, message } = start('ending.mjs', { env, args: ['signal', 'deaf', 'after'] })
  assert.equal(await message(), 'recorded')
  for (let times = 0; times < 3; times++) {
    child.kill('SIGTERM')
    assert.equal(await message(), 'still here')
  }
  await cloudwatch.until(() => appliedRecords(cloudwatch).length === RECORDS)
  child.kill('SIGKILL')
  assert.equal((await ended).signal, 'SIGKILL')
})

test('what there is to tell is told before the process ends, once', async () => {
  cloudwatch.setFault(accessDenied())
  const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
  const end = await run('ending.mjs', { env: { ...env, ...brief }, args: ['exit'] })
  assert.equal(end.code, 3)
  assert.equal(end.stderr.match(/allow cloudwatch:PutMetricData/g)?.length, 1, end.stderr)
})

test('a second signal ends a process at once, also while CloudWatch hangs', {
  timeout: 20_000,
}, async () => {
  cloudwatch.setFault(hang())
  const hour = { HKM_SHUTDOWN_TIMEOUT_MS: '60000' }
  const { child, ended, message } = start('ending.mjs', {
    env: { ...env, ...hour },
    args: ['signal'],
  })
  await message()
  child.kill('SIGINT')
  await cloudwatch.until(() => cloudwatch.requests.length === 1)
  child.kill('SIGINT')
  assert.equal((await ended).signal, 'SIGINT')
})

describe('a CloudWatch that hangs holds up the end of a process no longer than the timeout', () => {
  // The children would hang for a minute if the timeout did not hold, and the runner would end the test.
  const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
  for (const [ending, code] of [
    ['natural', 0],
    ['exit', 3],
    ['throw', 1],
  ]) {
    test(`when it ends by ${ending}`, { timeout: 20_000 }, async () => {
      cloudwatch.setFault(hang())
      const end = await run('ending.mjs', { env: { ...env, ...brief }, args: [ending] })
      assert.equal(end.code, code)
    })
  }

  test('when SIGTERM ends it', { timeout: 20_000 }, async () => {
    cloudwatch.setFault(hang())
    const { child, ended, message } = start('ending.mjs', {
      env: { ...env, ...brief },
      args: ['signal'],
    })
    await message()
    child.kill('SIGTERM')
    assert.equal((await ended).signal, 'SIGTERM')
  })
})

test('a process that records nothing is not held up and sends nothing', async () => {
  const child = start('ending.mjs', { env: { ...env, HKM_ENABLED: 'false' }, args: ['natural'] })
  const [code] = await once(child.child, 'exit')
  assert.equal(code, 0)
  assert.equal(cloudwatch.requests.length, 0)
})
