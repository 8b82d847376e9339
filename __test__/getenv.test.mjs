// Nothing in the native binary, dependencies included, reads the process's environment or resolves a name through
// the C library, which reads it too: JavaScript may be writing it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { CREDENTIALS, environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'
import { freePort } from '../testkit/peers/peer.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WATCH = fileURLToPath(new URL('./fixtures/environment-watch.c', import.meta.url))
const RECORD = "m.recordUsed({ provider: 'p' });"

/** What the C library has for the environment and for names. */
const FORBIDDEN = [
  ...['getenv', 'secure_getenv', '__secure_getenv', 'environ', '_environ', '__environ'],
  ...['setenv', 'unsetenv', 'putenv', 'clearenv'],
  ...['getaddrinfo', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r'],
]

test('the binary imports nothing that reads or writes the environment', () => {
  const [binary] = readdirSync(ROOT).filter((file) => /^hkm-native\.linux-.+\.node$/.test(file))
  const table = execFileSync('nm', ['-D', '--undefined-only', join(ROOT, binary)], {
    encoding: 'utf8',
  })
  const imported = [...table.matchAll(/^ +[Uwv] ([^@\n]+)/gm)].map(([, name]) => name)
  assert.ok(imported.includes('malloc'), table)
  assert.deepEqual(
    imported.filter((name) => FORBIDDEN.includes(name)),
    []
  )
})

const folder = mkdtempSync(join(tmpdir(), 'hkm-getenv-'))
const library = join(folder, 'watch.so')
before(() => {
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, WATCH, '-ldl'])
})
after(() => rmSync(folder, { recursive: true }))

describe('neither the binary nor its thread asks the C library for a variable or a name', () => {
  let cloudwatch
  let plain
  let proxy
  beforeEach(async () => {
    cloudwatch = await startLocalCloudWatch({ tls: serverTls('server.pem') })
    plain = await startLocalCloudWatch()
    proxy = await startLocalProxy({ target: cloudwatch.endpoint, credentials: 'user:word' })
  })
  afterEach(() => Promise.all([proxy, cloudwatch, plain].map((server) => server.close())))

  let runs = 0
  /** Runs statements under watch. Every call is told by `[function, asked, object, thread]`. */
  async function watched(statements, endpoint, extra) {
    const report = join(folder, `report-${runs++}`)
    const end = await evaluate(
      `process.env.IS_WATCHED
      await (await import('node:dns/promises')).lookup('localhost')
      ${statements}`,
      environment(endpoint, { LD_PRELOAD: library, WATCH_REPORT: report, ...extra })
    )
    const lines = readFileSync(report, 'utf8').trimEnd().split('\n')
    const calls = lines.map((line) => line.split('\t'))
    const isSeen = (...call) => calls.some((seen) => call.every((part, i) => part === seen[i]))
    assert.ok(isSeen('getenv', 'IS_WATCHED', process.execPath), 'variables are not watched')
    assert.ok(isSeen('getaddrinfo', 'localhost', process.execPath), 'names are not watched')
    const ours = calls
      .filter(([, , object, thread]) => object.endsWith('.node') || thread === 'hkm-flusher')
      .map(([name, asked, , thread]) => `${name}(${asked}) on ${thread}`)
    return { ...end, ours: [...new Set(ours)] }
  }

  const named = ({ endpoint }) => endpoint.replace('127.0.0.1', 'localhost')
  const bundle = () => ({ AWS_CA_BUNDLE: certificateFile('ca.pem') })
  const proxied = () => ({
    ...bundle(),
    HTTPS_PROXY: proxy.url.replace('//', '//user:word@'),
    SSL_CERT_FILE: certificateFile('ca.pem'),
  })

  for (const [when, target, extra] of [
    ['it sends over http to a name', () => plain, () => ({})],
    ['it sends over https to a name', () => cloudwatch, bundle],
    [
      'it trusts what SSL_CERT_FILE names',
      () => cloudwatch,
      () => ({ SSL_CERT_FILE: certificateFile('ca.pem') }),
    ],
    ['it sends through a proxy', () => cloudwatch, proxied],
  ]) {
    test(`when ${when}`, async () => {
      const variables = { ...CREDENTIALS, ...extra() }
      const { stats, ours } = await watched(RECORD, named(target()), variables)
      assert.equal(stats.applied, 1)
      assert.deepEqual(ours, [])
    })
  }

  test('when a worker thread records', async () => {
    const worker = `
      const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      const text = "require('./index.js').hostedKeyMetrics.recordUsed({ provider: 'p' })"
      await once(new Worker(text, { eval: true }), 'exit')`
    const { ours } = await watched(worker, named(cloudwatch), { ...CREDENTIALS, ...bundle() })
    assert.equal(cloudwatch.applied().length, 1)
    assert.deepEqual(ours, [])
  })

  for (const [when, extra] of [
    ["it looks for the system's certificates", () => CREDENTIALS],
    [
      'it looks for the credentials of a container',
      async () => ({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://localhost:${await freePort()}/`,
      }),
    ],
    [
      'it looks for those of a web identity',
      () => ({
        AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none'),
        AWS_ROLE_ARN: 'arn:aws:iam::1:role/r',
        AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
      }),
    ],
    [
      'it looks for those of a home directory',
      () => {
        const home = join(folder, 'home')
        mkdirSync(home, { recursive: true })
        return { HKM_ENABLED: 'true', HOME: home }
      },
    ],
  ]) {
    test(`when ${when}, in vain`, async () => {
      const { stats, ours } = await watched(
        RECORD + UNTIL_A_FAULT,
        named(cloudwatch),
        await extra()
      )
      assert.equal(stats.applied, 0)
      assert.deepEqual(ours, [])
    })
  }
})

describe('a process that rewrites its environment all the time runs clean, and its records arrive', () => {
  // 400,000 writes; each round the environment grows, and is allocated anew, until it shrinks again.
  const REWRITING = `
    for (let round = 0; round < 400; round++) {
      m.recordUsed({ provider: 'p' + round % 7 })
      const flushed = hkm.flushHostedKeyMetrics()
      for (let i = 0; i < 500; i++) process.env['GROWING_' + i] = 'x'.repeat(1 + (i + round) % 60)
      for (let i = 0; i < 500; i++) delete process.env['GROWING_' + i]
      await flushed
    }`

  for (const scheme of ['http', 'https']) {
    test(`over ${scheme} to a name, with a connection of its own for each request`, async () => {
      const tls = scheme === 'https' ? serverTls('server.pem') : undefined
      const cloudwatch = await startLocalCloudWatch({ tls })
      try {
        cloudwatch.setFault({
          meet(_exchange, proceed) {
            const answer = proceed()
            return { ...answer, headers: { ...answer.headers, connection: 'close' } }
          },
        })
        const { stats, code, signal, stderr } = await evaluate(
          REWRITING,
          environment(cloudwatch.endpoint.replace('127.0.0.1', 'localhost'), {
            ...CREDENTIALS,
            AWS_CA_BUNDLE: certificateFile('ca.pem'),
          })
        )
        assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
        assert.equal(stats.applied, 400)
        assert.equal(stats.possiblyDuplicated, 0)
        assert.equal(cloudwatch.connections(), stats.requests)
      } finally {
        await cloudwatch.close()
      }
    })
  }
})
