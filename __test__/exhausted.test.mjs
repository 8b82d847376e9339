// A process that has no file descriptors or threads left, when it makes its first record or later: records are kept, and
// delivered once it has some again.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startInstanceMetadata } from '@sim/local-cloudwatch/credentials'
import { signer } from '@sim/local-cloudwatch/signature'
import { library } from '../testkit/addons/libraries.mjs'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

const skip = process.platform !== 'linux'

const RECORD = "m.recordUsed({ provider: 'p' });"
const PROFILE = '[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = secret\n'
const line = 'Used Count {Environment=test,Provider=p} 1'

let cloudwatch
let folder
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
  folder = mkdtempSync(join(tmpdir(), 'hkm-exhausted-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  await cloudwatch.close()
})

/** Statements that take all descriptors but `spare`, wait for a failure, give them back and wait for delivery. */
const exhausting = (spare) => `
  const { closeSync, openSync } = await import('node:fs')
  const taken = []
  const take = () => {
    try {
      for (;;) taken.push(openSync('/dev/null'))
    } catch {}
  }
  // They load the files of the package and the addon, which takes descriptors for a moment.
  hkm.counter()
  hkm.hostedKeyMetricsStats()
  take()
  for (let left = ${spare}; left > 0; left--) closeSync(taken.pop())
  ${RECORD}
  const { state } = hkm.hostedKeyMetricsStats()
  hkm.flushHostedKeyMetrics()
  const failed = () => hkm.hostedKeyMetricsStats().lastError !== undefined
  const applied = () => hkm.hostedKeyMetricsStats().applied === 1
  while (!failed() && !applied()) await new Promise((resolve) => setTimeout(resolve, 10))
  const { lastError } = hkm.hostedKeyMetricsStats()
  for (const file of taken) closeSync(file)
  while (!applied()) await hkm.flushHostedKeyMetrics()
  return { state, lastError, spare: ${spare} }`

/** Runs statements in a child that may have few descriptors. `play` is called if it says that it has none. */
async function runLimited(statements, endpoint, variables, play) {
  const { child, message, ended } = start('expression.mjs', {
    env: environment(endpoint, variables),
    args: [statements],
    runtime: 'prlimit',
    runtimeArgs: ['--nofile=200', process.execPath],
  })
  if (play) {
    assert.equal(await message(), 'exhausted')
    await play(child)
  }
  const told = await message()
  return { ...told, ...(await ended) }
}

describe('a process without file descriptors delivers once it has some', { skip }, () => {
  for (const scheme of ['http', 'https']) {
    for (const source of ['keys', 'profile']) {
      // The runtime takes three or four, each file and each connection one.
      for (const spare of [0, 1, 2, 3, 4, 5, 6]) {
        test(`${spare} are left for ${scheme} and the ${source}`, async (t) => {
          const tls = scheme === 'https' ? serverTls('server.pem') : undefined
          const target = await startLocalCloudWatch({ tls })
          t.after(() => target.close())
          const profile = join(folder, 'credentials')
          writeFileSync(profile, PROFILE)
          const variables = {
            keys: CREDENTIALS,
            profile: { HKM_ENABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: profile },
          }
          const { result, stats, stderr, code } = await runLimited(
            exhausting(spare),
            target.endpoint,
            { ...variables[source], AWS_CA_BUNDLE: certificateFile('ca.pem') }
          )
          assert.equal(code, 0)
          assert.equal(result.state, 'on')
          assert.deepEqual(appliedRecords(target), [line])
          assert.equal(stats.possiblyDuplicated, 0)
          if (spare === 0) {
            assert.equal(result.lastError.code, 'StartError')
            assert.match(result.lastError.message, /Too many open files/)
            assert.match(stderr, /not delivered yet; they are kept\. .*file descriptors/)
          }
          // What could not be read then is not taken for absent for ever.
          assert.doesNotMatch(stderr, /AWS_CA_BUNDLE is not used|no CA certificates/)
        })
      }
    }
  }
})

describe('a connection for which no descriptor is left was not sent anything', { skip }, () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    test(`to ${host}`, async () => {
      const { stats, stderr } = await runLimited(
        `${RECORD}
        await hkm.flushHostedKeyMetrics()
        const { once } = await import('node:events')
        const { closeSync, openSync } = await import('node:fs')
        const taken = []
        const take = () => {
          try {
            for (;;) taken.push(openSync('/dev/null'))
          } catch {}
        }
        take()
        process.send('exhausted')
        await once(process, 'message')
        // The connection ends, and gives its descriptor back.
        for (const before = taken.length; taken.length === before; take()) await new Promise(setImmediate)
        ${RECORD}
        hkm.flushHostedKeyMetrics()
        while (!hkm.hostedKeyMetricsStats().lastError) await new Promise(setImmediate)
        for (const file of taken) closeSync(file)`,
        cloudwatch.endpoint.replace('127.0.0.1', host),
        CREDENTIALS,
        async (child) => {
          await cloudwatch.cut()
          child.send('go on')
        }
      )
      assert.equal(stats.lastError.code, 'ConnectError')
      assert.match(stats.lastError.message, /Too many open files/)
      assert.match(stderr, /no file descriptors, threads or memory left/)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.deepEqual(appliedRecords(cloudwatch), [line, line])
    })
  }
})

test('a process that had no descriptors when it began handles signals later', {
  skip,
}, async () => {
  const { child, message, ended } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    args: [
      `${exhausting(0).replace('return', 'void')}
      const { readFileSync } = await import('node:fs')
      const handled = () => BigInt('0x' + /SigCgt:\\s*(\\w+)/.exec(readFileSync('/proc/self/status'))[1])
      const HANGUP = 1n
      while (!(handled() & HANGUP)) await new Promise((resolve) => setTimeout(resolve, 10))
      ${RECORD}
      process.send('handled')
      await new Promise((resolve) => setTimeout(resolve, 60_000))`,
    ],
    runtime: 'prlimit',
    runtimeArgs: ['--nofile=200', process.execPath],
  })
  assert.equal(await message(), 'handled')
  child.kill('SIGHUP')
  assert.equal((await ended).signal, 'SIGHUP')
  assert.deepEqual(appliedRecords(cloudwatch), [line, line])
})

const UNTIL_ON = `
  while (hkm.hostedKeyMetricsStats().state !== 'on') {
    await new Promise((resolve) => setTimeout(resolve, 10))
    ${RECORD}
  }`

const WITHOUT_DESCRIPTORS = `
  const { closeSync, openSync } = await import('node:fs')
  const taken = []
  try {
    for (;;) taken.push(openSync('/dev/null'))
  } catch {}
  ${RECORD}
  const { recorded } = hkm.hostedKeyMetricsStats()
  const { delivered } = await hkm.flushHostedKeyMetrics()
  if (recorded !== 0 || !delivered) throw new Error('something was recorded')
  for (const file of taken) closeSync(file)`

const WITH_FILES = `
  const { createRequire } = await import('node:module')
  createRequire(process.argv[1])('../../lib/start.js')
  hkm.counter()`

const NO_FILES = 'files of the package could not be read'
const NO_BINARY = 'the native binary could not be loaded'

describe('a process that cannot load the package loads it later', { skip }, () => {
  for (const [what, reason, cause, statements] of [
    ['descriptors', NO_FILES, /no file descriptors are left/, WITHOUT_DESCRIPTORS],
    [
      'descriptors, but for its own files',
      NO_BINARY,
      /no file descriptors are left/,
      WITH_FILES + WITHOUT_DESCRIPTORS,
    ],
    [
      'memory',
      NO_BINARY,
      /no memory is left/,
      `${WITH_FILES}
      const { execFileSync } = await import('node:child_process')
      const { readFileSync } = await import('node:fs')
      const limit = (bytes) => execFileSync('prlimit', ['--pid', process.pid, '--as=' + bytes + ':'])
      // The binary takes 5 MB. What is left is for the runtime.
      limit('unlimited')
      const [, kilobytes] = /VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status'))
      limit(kilobytes * 1024 + 4_000_000)
      ${RECORD}
      limit('unlimited')`,
    ],
  ]) {
    test(`for want of ${what}`, async () => {
      const { result, stats, stderr, code } = await runLimited(
        `${statements}
        const { state, reason } = hkm.hostedKeyMetricsStats()
        ${UNTIL_ON}
        return { state, reason }`,
        cloudwatch.endpoint,
        CREDENTIALS
      )
      assert.equal(code, 0)
      assert.deepEqual(result, { state: 'off', reason })
      assert.equal(stats.recorded, 1)
      assert.deepEqual(appliedRecords(cloudwatch), [line])
      const [warning, ...others] = stderr.trim().split('\n')
      assert.match(warning, /Metrics are off until a later record can load (it|them)/)
      assert.match(warning, cause)
      assert.deepEqual(others, [])
    })
  }
})

test('files that could not be read are tried again after a second, and not at each record', async () => {
  const { result, stats, stderr } = await evaluate(
    `const { default: Module } = await import('node:module')
    const { _load: load } = Module
    const { now } = performance
    let attempts = 0
    Module._load = function (file, ...others) {
      if (!file.endsWith('define/metrics.js')) return load.call(this, file, ...others)
      attempts++
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    }
    const began = performance.now()
    const attemptsUntil = (ms) => {
      performance.now = () => began + ms
      for (let time = 0; time < 100; time++) m.recordUsed({ provider: 'p' })
      return attempts
    }
    const found = [0, 999, 1_001, 2_000, 2_002].map(attemptsUntil)
    Module._load = load
    found.push(attemptsUntil(3_003))
    performance.now = now
    return found`,
    environment(cloudwatch.endpoint, CREDENTIALS)
  )
  assert.deepEqual(result, [1, 1, 2, 2, 3, 3])
  assert.equal(stats.recorded, 100)
  assert.equal(stderr.match(/no file descriptors are left/g).length, 1)
})

/**
 * Starts a child to which the system gives no threads for the addon until `release`, or from `refuse` on.
 *
 * @param {string} statements
 * @param {Record<string, string>} [variables]
 * @param {number} [refuses] whether it is refused threads from the start
 */
async function startWithoutThreads(statements, variables = {}, refuses = 1) {
  const file = join(folder, 'refuses')
  writeFileSync(file, Buffer.of(refuses))
  const child = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      LD_PRELOAD: await library('no-threads'),
      NO_THREADS_FILE: file,
      ...variables,
    }),
    args: [statements],
  })
  const set = (refuses) => writeFileSync(file, Buffer.of(refuses), { flag: 'r+' })
  return { ...child, refuse: () => set(1), release: () => set(0) }
}

const STARTING = `
  const { once } = await import('node:events')
  ${RECORD}
  const { state, lastError } = hkm.hostedKeyMetricsStats()
  process.send({ state, lastError })
  await once(process, 'message');`
const UNTIL_APPLIED = `
  while (hkm.hostedKeyMetricsStats().applied === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }`

describe('a process for which the system starts no thread delivers once it does', { skip }, () => {
  for (const [how, statements] of [
    ['by itself', UNTIL_APPLIED],
    ['by a flush', 'await hkm.flushHostedKeyMetrics()'],
    ['as it ends', 'process.exit()'],
  ]) {
    test(how, async () => {
      const variables = { HKM_FLUSH_INTERVAL_MS: '100' }
      const { child, message, ended, release } = await startWithoutThreads(
        STARTING + statements,
        variables
      )
      const { state, lastError } = await message()
      assert.equal(state, 'on')
      assert.equal(lastError.code, 'StartError')
      assert.match(lastError.message, /background thread could not be started: .*unavailable/)
      release()
      child.send('released')
      const { stderr } = await ended
      assert.match(stderr, /not delivered yet; they are kept/)
      assert.deepEqual(appliedRecords(cloudwatch), [line])
    })
  }

  test('and holds up its end no longer than the timeout if it does not', async () => {
    const variables = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
    const { child, message, ended } = await startWithoutThreads(
      `${STARTING} process.exit(3)`,
      variables
    )
    await message()
    child.send('not released')
    const { code, stderr } = await ended
    assert.equal(code, 3)
    assert.match(stderr, /1 record was lost at the end of the process: .*threads/)
  })
})

test('a profile for which no thread is left is not taken for absent', { skip }, async (t) => {
  // The next source of credentials after the profile.
  const metadata = await startInstanceMetadata()
  t.after(() => metadata.close())
  const profile = join(folder, 'credentials')
  // Half of it is an error, which shows that all has started that needs a thread to start.
  writeFileSync(profile, PROFILE.replace(/^aws_secret.*/m, ''))
  const { child, message, ended, refuse, release } = await startWithoutThreads(
    `const { once } = await import('node:events')
    const lastErrorAfter = async (seen) => {
      hkm.flushHostedKeyMetrics()
      for (;;) {
        const { lastError } = hkm.hostedKeyMetricsStats()
        if (lastError && lastError.message !== seen) return lastError
        await new Promise(setImmediate)
      }
    }
    ${RECORD}
    const { message } = await lastErrorAfter()
    process.send(message)
    await once(process, 'message')
    process.send(await lastErrorAfter(message))
    await once(process, 'message')
    await hkm.flushHostedKeyMetrics()`,
    {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      AWS_SHARED_CREDENTIALS_FILE: profile,
      AWS_CONFIG_FILE: profile,
      HKM_ENABLED: 'true',
    },
    0
  )
  assert.match(await message(), /secret/)
  // An attempt that the flusher makes by itself must not find the whole profile before.
  refuse()
  writeFileSync(profile, PROFILE)
  child.send('refused')
  const { code, message: text } = await message()
  assert.equal(code, 'CredentialsError')
  assert.match(text, /cannot read .*credentials: Resource temporarily unavailable/)
  release()
  child.send('released')
  await message()
  await ended
  assert.deepEqual(appliedRecords(cloudwatch), [line])
  assert.equal(signer(cloudwatch.requests[0].headers).accessKeyId, 'AKIDFILE')
  assert.equal(metadata.requests.length, 0)
})

test('a thread for whose ring no memory is left records without one', { skip }, async () => {
  const file = join(folder, 'refuses')
  writeFileSync(file, Buffer.of(1))
  const { stats, stderr, code } = await evaluate(
    `${RECORD}
    const { state } = hkm.hostedKeyMetricsStats()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(process.env.NO_MEMORY_FILE, Buffer.of(0), { flag: 'r+' })
    ${RECORD}`,
    environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      LD_PRELOAD: await library('no-memory'),
      NO_MEMORY_FILE: file,
    })
  )
  assert.equal(code, 0)
  assert.equal(stderr, '')
  assert.equal(stats.state, 'on')
  assert.deepEqual(appliedRecords(cloudwatch), [line, line])
})
