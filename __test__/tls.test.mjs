// Delivery over TLS and to a name: what every real endpoint needs.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  certificateFile,
  readCertificate,
  serverTls,
} from '../testkit/certificates/certificates.mjs'
import {
  appliedRecords,
  CREDENTIALS,
  environment,
  evaluate,
  UNTIL_A_FAULT,
} from '../testkit/harness.mjs'
import { startPeer } from '../testkit/peers/peer.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const AUTHORITY = certificateFile('ca.pem')
const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']

const folder = mkdtempSync(join(tmpdir(), 'hkm-tls-'))
after(() => rmSync(folder, { recursive: true }))

/** A file of these certificates, one after the other. */
function bundle(...names) {
  const file = join(folder, `${names.join('+')}`)
  writeFileSync(file, names.map(readCertificate).join(''))
  return file
}

function emptyFile() {
  const path = join(folder, 'empty')
  writeFileSync(path, '')
  return path
}

/** A pipe with a name, which nobody writes to. */
function pipe(name) {
  const path = join(folder, name)
  execFileSync('mkfifo', [path])
  return path
}

let cloudwatch
/** A CloudWatch that shows these certificates. */
async function start(names = ['server.pem'], options = {}) {
  cloudwatch = await startLocalCloudWatch({ tls: { ...serverTls(...names), ...options } })
}
afterEach(async () => {
  await cloudwatch?.close()
  cloudwatch = undefined
})

const record = (statements, endpoint, extra) =>
  evaluate(statements, environment(endpoint, { ...CREDENTIALS, ...extra }))

/** What is told of the first failure to deliver. */
async function fault(endpoint, extra) {
  const end = await record(RECORD + UNTIL_A_FAULT, endpoint, extra)
  const { applied, possiblyDuplicated, buffered, inFlight } = end.stats
  assert.deepEqual(
    { applied, possiblyDuplicated, kept: buffered + inFlight },
    { applied: 0, possiblyDuplicated: 0, kept: 1 }
  )
  assert.equal(end.stats.lastError.code, 'ConnectError')
  return { ...end, message: end.stats.lastError.message }
}

for (const host of ['127.0.0.1', 'localhost', 'cloudwatch.localhost']) {
  test(`records reach https://${host} under a certificate of AWS_CA_BUNDLE`, async () => {
    await start()
    const endpoint = cloudwatch.endpoint.replace('127.0.0.1', host)
    const { stats, stderr } = await record(RECORD, endpoint, { AWS_CA_BUNDLE: AUTHORITY })
    assert.equal(stats.applied, 1)
    assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
    assert.equal(stderr, '')
  })
}

describe('an AWS_CA_BUNDLE may hold', () => {
  for (const [what, names, shown] of [
    ['several authorities', ['other-ca.pem', 'ca.pem'], ['server.pem']],
    [
      'the authority of an intermediate that the server shows',
      ['ca.pem'],
      ['leaf.pem', 'intermediate.pem'],
    ],
    ['an intermediate, for a server that does not show it', ['intermediate.pem'], ['leaf.pem']],
    ['text between the certificates', ['README.md', 'ca.pem', 'README.md'], ['server.pem']],
  ]) {
    test(what, async () => {
      await start(shown)
      const extra = { AWS_CA_BUNDLE: bundle(...names) }
      const { stats, stderr } = await record(RECORD, cloudwatch.endpoint, extra)
      assert.equal(stats.applied, 1)
      assert.equal(stderr, '')
    })
  }
})

test('an AWS_CA_BUNDLE may be a pipe', { skip: IS_WINDOWS }, async () => {
  await start()
  const path = pipe('written-pipe')
  const writer = spawn('cp', [AUTHORITY, path])
  try {
    const { stats, stderr } = await record(RECORD, cloudwatch.endpoint, { AWS_CA_BUNDLE: path })
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
  } finally {
    writer.kill()
  }
})

describe('SSL_CERT_FILE', () => {
  test('is used where there is no AWS_CA_BUNDLE', async () => {
    await start()
    const extra = { SSL_CERT_FILE: AUTHORITY }
    const { stats, stderr } = await record(RECORD, cloudwatch.endpoint, extra)
    assert.equal(stats.applied, 1)
    assert.equal(stderr, '')
  })

  test('is not used beside an AWS_CA_BUNDLE', async () => {
    await start()
    const other = certificateFile('other-ca.pem')
    const { message } = await fault(cloudwatch.endpoint, {
      AWS_CA_BUNDLE: other,
      SSL_CERT_FILE: AUTHORITY,
    })
    assert.match(message, /certificate/)
    const { stats } = await record(RECORD, cloudwatch.endpoint, {
      AWS_CA_BUNDLE: AUTHORITY,
      SSL_CERT_FILE: other,
    })
    assert.equal(stats.applied, 1)
  })

  test('counts as JavaScript last wrote it, before the first record', async () => {
    await start()
    const { stats } = await record(
      `process.env.SSL_CERT_FILE = ${JSON.stringify(AUTHORITY)}; ${RECORD}`,
      cloudwatch.endpoint,
      { SSL_CERT_FILE: certificateFile('other-ca.pem') }
    )
    assert.equal(stats.applied, 1)
  })
})

describe("a bundle that cannot be used is warned about by its name, and the system's certificates are used", () => {
  for (const [what, file, problem] of [
    ['is not there', certificateFile('nowhere.pem'), /os error 2\)/],
    ['is a folder', folder, IS_WINDOWS ? /os error 5\)/ : /directory/],
    ['is empty', emptyFile(), /no certificate/],
    // Windows has no pipes and no endless files with a path.
    ...(IS_WINDOWS
      ? []
      : [
          ['is a pipe that nobody writes to', pipe('silent-pipe'), /no end of file within 2s/],
          ['never ends', '/dev/zero', /larger than 16 MiB/],
        ]),
    ['holds no certificate', certificateFile('server.key'), /no certificate/],
    ['holds a broken certificate', certificateFile('broken.pem'), /certificate/],
  ]) {
    for (const variable of ['AWS_CA_BUNDLE', 'SSL_CERT_FILE']) {
      test(`${variable} ${what}`, async () => {
        await start()
        const { stats, stderr } = await record(
          `m.recordUsed({}); await new Promise(setImmediate); ${UNTIL_A_FAULT}`,
          cloudwatch.endpoint,
          { [variable]: file }
        )
        assert.match(stderr, new RegExp(`${variable} is not used`))
        assert.match(stderr, problem)
        assert.match(stats.lastError.message, /certificate/)
      })
    }
  }
})

describe('where TLS fails nothing was sent: the records wait, and the message says why', () => {
  for (const [what, shown, options, reason] of [
    ['an authority that nobody vouches for', ['server.pem'], {}, /certificate.*UnknownIssuer/],
    ['an intermediate that is not shown', ['leaf.pem'], {}, /certificate.*UnknownIssuer/],
    [
      'a certificate for another name',
      ['elsewhere.pem'],
      {},
      /certificate.*not valid for the name 127.0.0.1/,
    ],
    ['a certificate that has expired', ['expired.pem'], {}, /certificate.*expired/],
    [
      'TLS 1.1 at most',
      ['server.pem'],
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      /ProtocolVersion/,
    ],
  ]) {
    test(what, async () => {
      await start(shown, options)
      const isKnown = what !== 'an authority that nobody vouches for'
      const { message, stderr } = await fault(
        cloudwatch.endpoint,
        isKnown ? { AWS_CA_BUNDLE: AUTHORITY } : {}
      )
      assert.match(message, reason)
      assert.equal(cloudwatch.requests.length, 0)
      const isCertificate = what !== 'TLS 1.1 at most'
      assert.equal(stderr.includes('its certificate was refused'), isCertificate)
    })
  }

  for (const [what, meet, reason] of [
    ['a server that says nothing', () => {}, /timeout/],
    [
      'a server that ends the connection',
      (socket) => socket.once('data', () => socket.end()),
      /eof/,
    ],
    [
      'a server that resets the connection',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      /reset/,
    ],
    [
      'a server that speaks HTTP without TLS',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /TLS/,
    ],
  ]) {
    test(what, async () => {
      const peer = await startPeer(meet)
      try {
        const extra = { AWS_CA_BUNDLE: AUTHORITY }
        const { message } = await fault(`https://127.0.0.1:${peer.port}`, extra)
        assert.match(message, reason)
        assert.ok(peer.sockets() > 0)
      } finally {
        await peer.close()
      }
    })
  }
})

test('TLS 1.2 is spoken where the server knows no newer one', async () => {
  await start(['server.pem'], { maxVersion: 'TLSv1.2' })
  const { stats } = await record(RECORD, cloudwatch.endpoint, { AWS_CA_BUNDLE: AUTHORITY })
  assert.equal(stats.applied, 1)
})
