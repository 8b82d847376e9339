// However a process ends, what it recorded arrives, and it ends as it would have without the package.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, first, hang } from '@sim/local-cloudwatch/faults'
import { ENDINGS, isDefinedOn } from '../testkit/endings/endings.mjs'
import { play } from '../testkit/endings/play.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  run,
  start,
} from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const RUNTIME = { name: `Node ${process.versions.node.split('.')[0]}`, command: process.execPath }

// The matrix plays those that need rights.
const PLAYED = ENDINGS.filter((ending) => isDefinedOn(ending, RUNTIME) && !ending.needsRights)

describe('everything recorded arrives, and the process ends as ever', { concurrency: 3 }, () => {
  for (const ending of PLAYED) {
    const fate = ending.isLost ? ' (nobody can deliver the records)' : ''
    test(`${ending.name}${fate}`, async () => {
      assert.deepEqual(await play(ending, RUNTIME), [])
    })
  }
})

describe('beside that', () => {
  let cloudwatch
  let env
  beforeEach(async () => {
    cloudwatch = await startLocalCloudWatch()
    env = environment(cloudwatch.endpoint, CREDENTIALS)
  })
  afterEach(() => cloudwatch.close())

  test('a process whose own listener ignores a signal stays, however often, and its records arrive', async () => {
    const args = ['signal', 'deaf', 'after']
    const { child, ended, message } = start('ending.mjs', { env, args })
    assert.equal(await message(), 'recorded')
    for (let times = 0; times < 3; times++) {
      child.kill('SIGTERM')
      assert.equal(await message(), 'still here')
    }
    await cloudwatch.until(() => appliedRecords(cloudwatch).length === 100)
    child.kill('SIGKILL')
    assert.equal((await ended).signal, 'SIGKILL')
  })

  test('a listener of main hears a signal at once, each time, though only workers have recorded', {
    timeout: 20_000,
  }, async () => {
    cloudwatch.setFault(hang())
    const { child, ended, message } = start('ending-workers.mjs', {
      env: { ...env, HKM_SHUTDOWN_TIMEOUT_MS: '60000' },
      args: ['signal', 'deaf', 'before'],
    })
    assert.equal(await message(), 'recorded')
    for (let times = 0; times < 3; times++) {
      child.kill('SIGTERM')
      assert.equal(await message(), 'still here')
    }
    child.kill('SIGKILL')
    assert.equal((await ended).signal, 'SIGKILL')
  })

  test('what there is to tell is told before the process ends, once', async () => {
    cloudwatch.setFault(accessDenied())
    const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
    const end = await run('ending.mjs', { env: { ...env, ...brief }, args: ['exit', '3'] })
    assert.equal(end.code, 3)
    assert.equal(end.stderr.match(/allow cloudwatch:PutMetricData/g)?.length, 1, end.stderr)
  })

  test('a listener of SIGABRT is called at once, and not after the deadline', {
    skip: IS_WINDOWS,
    timeout: 20_000,
  }, async (t) => {
    cloudwatch.setFault(hang())
    const statements = `
      process.on('SIGABRT', () => process.kill(process.pid, 'SIGKILL'))
      m.recordUsed({})
      setInterval(() => {}, 60_000)
      process.kill(process.pid, 'SIGABRT')
      await new Promise(() => {})`
    const long = { HKM_SHUTDOWN_TIMEOUT_MS: '60000' }
    const { child, ended } = start('expression.mjs', {
      env: { ...env, ...long },
      args: [statements],
    })
    t.after(() => child.kill('SIGKILL'))
    assert.equal((await ended).signal, 'SIGKILL')
  })

  test('records that were reported as lost and then delivered do not hide later losses', async () => {
    cloudwatch.setFault(first(1, hang()))
    const statements = `
      m.recordUsed({})
      process.emit('exit', 0)
      while (hkm.hostedKeyMetricsStats().applied < 1) await hkm.flushHostedKeyMetrics()
      m.recordUsed({})
      process.reallyExit(7)`
    const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
    const { code, stderr } = await run('expression.mjs', {
      env: { ...env, ...brief },
      args: [statements],
    })
    assert.equal(code, 7)
    assert.equal(stderr.match(/1 record was lost/g)?.length, 1, stderr)
    assert.equal(appliedRecords(cloudwatch).length, 2)
  })

  test('the native threads receive no signals', {
    skip: process.platform !== 'linux',
  }, async () => {
    const statements = `
      const { readdirSync, readFileSync } = await import('node:fs')
      m.recordUsed({})
      const read = (thread, file) => readFileSync('/proc/self/task/' + thread + '/' + file, 'utf8')
      const look = (thread) => {
        try {
          return [[read(thread, 'comm').trim(), read(thread, 'status')]]
        } catch {
          // One that has read a file has ended.
          return []
        }
      }
      const threads = () =>
        readdirSync('/proc/self/task').flatMap(look).filter(([name]) => name.startsWith('hkm-'))
      // A thread gives itself its name.
      const isThere = (name) => threads().some(([other]) => other === name)
      while (!['hkm-flusher', 'hkm-signals'].every(isThere)) await new Promise(setImmediate)
      return threads().map(([name, status]) => [name, /SigBlk:\\s*(\\w+)/.exec(status)[1]])`
    const { result } = await evaluate(statements, env)
    const names = new Set(result.map(([name]) => name))
    assert.ok(names.has('hkm-flusher') && names.has('hkm-signals'), [...names].join())
    for (const [name, blocked] of result) {
      // SIGHUP to SIGUSR2, but for SIGKILL, which cannot be blocked.
      assert.equal(Number.parseInt(blocked.slice(-3), 16) | 0x100, 0xfff, name)
    }
  })

  test('a process that records nothing is not held up and sends nothing', async () => {
    const { child } = start('ending.mjs', {
      env: { ...env, HKM_ENABLED: 'false' },
      args: ['natural'],
    })
    const [code] = await once(child, 'exit')
    assert.equal(code, 0)
    assert.equal(cloudwatch.requests.length, 0)
  })

  test('a process without anything to send that flushes in beforeExit ends', {
    timeout: 20_000,
  }, async () => {
    const end = await run('ending.mjs', { env, args: ['flush in beforeExit', '0'] })
    assert.equal(end.code, 0)
    assert.equal(cloudwatch.requests.length, 0)
  })
})
