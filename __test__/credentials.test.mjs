// Credentials of every kind, from services on loopback: who is asked, how often, and what becomes of metrics while
// there are none.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { expiredToken, first, hang, reset, status } from '@sim/local-cloudwatch/faults'
import { signer } from '@sim/local-cloudwatch/signature'
import { SECRET } from '../testkit/credentials/given.mjs'
import { problemsOf } from '../testkit/credentials/run.mjs'
import { SETUPS } from '../testkit/credentials/setups.mjs'
import {
  clockAt,
  deliver,
  keys,
  playWith,
  SOURCES,
  warnings,
} from '../testkit/credentials/sources.mjs'
import { appliedRecords } from '../testkit/harness.mjs'

describe('metrics are on with what was given, signed by it, and nobody else is asked:', {
  concurrency: 2,
}, () => {
  for (const setup of SETUPS) {
    test(setup.name, async () => assert.deepEqual(await problemsOf(setup), []))
  }
})

const DENIALS = [
  ['are expired', expiredToken()],
  ['are expired, with status 400', status(400, { errorCode: 'ExpiredTokenException' })],
  ['are unknown', status(403, { errorCode: 'InvalidClientTokenId' })],
  ['are not good enough', status(401, { errorCode: 'UnrecognizedClientException' })],
]

/** The beginning of an answer, with secrets in it. */
const CUT_OFF = {
  body: `{"Code":"Success","AccessKeyId":"ASIACUT","SecretAccessKey":"${SECRET}","Token":"${SECRET}`,
  contentType: 'application/json',
}

// Most of the time of a test is spent waiting; but more at a time would be late, as a source is that starts a process.
describe('credentials in the course of time', { concurrency: 2 }, () => {
  for (const source of Object.keys(SOURCES)) {
    const { renewToken, requestsPerAnswer } = SOURCES[source]
    const key = (number) => SOURCES[source].key + number

    describe(`credentials of ${source}`, { concurrency: 4 }, () => {
      test('are asked for once, however often metrics are sent', async () => {
        await playWith(source, {}, async (recorder, service, { cloudwatch }) => {
          await recorder.tell('record', 1)
          await recorder.tell('flush')
          const asked = service.requests.length
          for (let times = 0; times < 10; times++) {
            await recorder.tell('record', 1)
            await recorder.tell('flush')
          }
          assert.equal(cloudwatch.requests.length, 11)
          assert.equal(service.requests.length, asked)
          assert.deepEqual(keys(cloudwatch), [key(1)])
        })
      })

      test('that have expired are asked for anew, with the token of the time', async () => {
        await playWith(source, {}, async (recorder, service, services) => {
          const { cloudwatch } = services
          service.setLifetime(3_000)
          await recorder.tell('record', 1)
          await recorder.tell('flush')
          const asked = service.requests.length
          renewToken(services)
          service.setLifetime(3_600_000)
          await clockAt(service.issued[0].expiration)
          await recorder.tell('record', 1)
          const { applied, possiblyDuplicated } = await recorder.tell('flush')
          assert.deepEqual(keys(cloudwatch), [key(1), key(2)])
          assert.equal(service.requests.length, asked + requestsPerAnswer)
          assert.deepEqual({ applied, possiblyDuplicated }, { applied: 2, possiblyDuplicated: 0 })
          assert.equal(appliedRecords(cloudwatch).length, 2)
          assert.deepEqual(warnings(recorder), [])
        })
      })

      test('that expire soon are asked for anew while they still serve', async () => {
        const brief = { HKM_FLUSH_INTERVAL_MS: '100' }
        await playWith(source, brief, async (recorder, service, { cloudwatch }) => {
          service.setLifetime(4 * 60_000)
          await recorder.tell('record', 1)
          // No put waits for the new ones.
          while (!keys(cloudwatch).includes(key(2))) {
            await sleep(200)
            await recorder.tell('record', 1)
          }
          const { recorded } = await recorder.tell('record', 1)
          await recorder.tell('flush')
          assert.deepEqual(keys(cloudwatch).slice(0, 2), [key(1), key(2)])
          // Not once for each put.
          assert.ok(cloudwatch.requests.length > 2 * service.issued.length)
          assert.equal(appliedRecords(cloudwatch).length, recorded)
          assert.deepEqual(warnings(recorder), [])
        })
      })

      for (const [name, denied] of source === 'container' ? DENIALS : DENIALS.slice(0, 1)) {
        test(`are replaced when CloudWatch says that they ${name}`, async () => {
          await playWith(source, {}, async (recorder, service, { cloudwatch }) => {
            await recorder.tell('record', 3)
            await recorder.tell('flush')
            const isOld = ({ headers }) => signer(headers).accessKeyId === key(1)
            cloudwatch.setFault((_, request) => (isOld(request) ? denied : undefined))
            await recorder.tell('record', 3)
            const { applied, possiblyDuplicated, lastError } = await deliver(recorder)
            assert.deepEqual({ applied, possiblyDuplicated }, { applied: 6, possiblyDuplicated: 0 })
            assert.equal(appliedRecords(cloudwatch).length, 6)
            assert.deepEqual(keys(cloudwatch), [key(1), key(2)])
            assert.equal(service.issued.length, 2)
            assert.notEqual(lastError, undefined)
          })
        })
      }

      for (const [name, fault] of [
        ['an error of its own', status(500)],
        ['a refusal', status(403, { errorCode: 'AccessDenied', message: 'not you' })],
        ['an answer that is cut off', status(200, CUT_OFF)],
        ['an answer that is something else', status(200, { body: '<html>Please log in</html>' })],
        ['a connection that is reset', reset()],
      ]) {
        test(`are waited for when their service gives ${name}`, async () => {
          await playWith(source, {}, async (recorder, service, { cloudwatch }) => {
            service.setFault(fault)
            await recorder.tell('record', 20)
            const failed = await recorder.tell('failToFlush')
            const { buffered, inFlight, possiblyDuplicated, lastError } = failed
            assert.equal(lastError.code, 'CredentialsError')
            assert.deepEqual([buffered + inFlight, possiblyDuplicated], [20, 0])
            assert.equal(cloudwatch.requests.length, 0)

            service.setFault()
            const stats = await deliver(recorder)
            assert.deepEqual([stats.applied, stats.possiblyDuplicated], [20, 0])
            assert.equal(appliedRecords(cloudwatch).length, 20)
            assert.deepEqual(keys(cloudwatch), [key(1)])
            assert.equal(warnings(recorder).length, 1)
            assert.match(warnings(recorder)[0], /No credentials.*check.*role of the task, pod or/)
          })
        })
      }

      test('are not asked for at every put while they are refused', async () => {
        const brief = { HKM_FLUSH_INTERVAL_MS: '100' }
        await playWith(source, brief, async (recorder, service) => {
          service.setFault(status(403, { errorCode: 'AccessDenied' }))
          await recorder.tell('record', 1)
          const { retries } = await recorder.tell('failures', 5)
          assert.ok(service.requests.length < retries, `${service.requests.length} of ${retries}`)
          service.setFault()
          await deliver(recorder)
        })
      })

      test('hold up no record while their service hangs, and everything arrives when it answers', async () => {
        await playWith(source, {}, async (recorder, service, { cloudwatch }) => {
          service.setFault(hang())
          await recorder.tell('record', 1)
          await recorder.tell('beginFlush')
          await service.until(() => service.requests.length > 0)
          // Each of them in a turn of its own, while the first question was open.
          const told = await recorder.tell('record', 500)
          assert.deepEqual([told.recorded, told.buffered + told.inFlight], [501, 501])
          assert.equal(told.lastError, undefined)
          assert.ok(service.requests.every(({ status }) => status === null))

          service.setFault()
          // A command that waits for its service is not run a second time.
          if (source === 'process') await service.cut()
          const stats = await deliver(recorder)
          assert.equal(stats.possiblyDuplicated, 0)
          assert.equal(appliedRecords(cloudwatch).length, 501)
        })
      })

      for (const [ending, how, end] of [
        [
          'process.exit',
          (recorder) => recorder.child.send({ command: 'exit', argument: 3 }),
          { code: 3, signal: null },
        ],
        ['a natural end', (recorder) => recorder.end(), { code: 0, signal: null }],
        [
          'SIGTERM',
          (recorder) => recorder.child.kill('SIGTERM'),
          { code: null, signal: 'SIGTERM' },
        ],
      ]) {
        test(`hold up ${ending} no longer than the timeout while their service hangs`, async () => {
          const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
          await playWith(source, brief, async (recorder, service) => {
            service.setFault(hang())
            await recorder.tell('record', 5)
            await recorder.tell('tellAtExit')
            how(recorder)
            const { code, signal, stdout } = await recorder.ended
            assert.deepEqual({ code, signal }, end)
            assert.ok(service.requests.every(({ status }) => status === null))
            if (signal !== null) return
            // It ended while the service was still being asked.
            const { buffered, inFlight, lastError } = JSON.parse(stdout)
            assert.deepEqual([buffered + inFlight, lastError], [5, undefined])
          })
        })
      }
    })
  }

  describe('credentials', { concurrency: 4 }, () => {
    test('are not asked for at every put while their service hangs', async () => {
      const brief = { HKM_FLUSH_INTERVAL_MS: '100' }
      await playWith('container', brief, async (recorder, service) => {
        service.setFault(hang())
        await recorder.tell('record', 1)
        const { retries } = await recorder.tell('failures', 4)
        assert.ok(service.requests.length < retries, `${service.requests.length} of ${retries}`)
        service.setFault()
        await deliver(recorder)
      })
    })

    for (const [code, message] of [
      ['ExpiredTokenException', 'Token expired: current date/time must be before the expiration'],
      ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account'],
      ['IDPCommunicationError', 'Error communicating with the identity provider'],
    ]) {
      test(`are waited for when STS says ${code}, which is told`, async () => {
        await playWith('sts', {}, async (recorder, service, { cloudwatch }) => {
          service.setFault(status(400, { errorCode: code, message }))
          await recorder.tell('record', 20)
          const { lastError } = await recorder.tell('failToFlush')
          assert.equal(lastError.code, 'CredentialsError')
          assert.match(lastError.message, new RegExp(`${code}.*${message}`))
          service.setFault()
          assert.equal((await deliver(recorder)).possiblyDuplicated, 0)
          assert.equal(appliedRecords(cloudwatch).length, 20)
        })
      })
    }

    test('are tried once when they have expired before they are given', async () => {
      await playWith('container', {}, async (recorder, service, { cloudwatch }) => {
        cloudwatch.setFault(first(1, expiredToken()))
        service.setLifetime(-60_000)
        await recorder.tell('record', 1)
        const { lastError } = await recorder.tell('failToFlush')
        assert.equal(lastError.code, 'ExpiredToken')
        service.setLifetime(3_600_000)
        const { possiblyDuplicated } = await deliver(recorder)
        assert.equal(possiblyDuplicated, 0)
        assert.equal(appliedRecords(cloudwatch).length, 1)
        assert.deepEqual(keys(cloudwatch), ['ASIACONTAINER1', 'ASIACONTAINER2'])
      })
    })

    test('are not those that are written to process.env after the first record', async () => {
      await playWith('container', {}, async (recorder, service, { cloudwatch }) => {
        await recorder.tell('record', 1)
        await recorder.tell('write', {
          AWS_ACCESS_KEY_ID: 'AKIDLATE',
          AWS_SECRET_ACCESS_KEY: SECRET,
          AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/late',
          HKM_ENABLED: 'false',
        })
        await recorder.tell('flush')
        await recorder.tell('record', 1)
        const { applied, credentialSource } = await recorder.tell('flush')
        assert.deepEqual(
          { applied, credentialSource },
          { applied: 2, credentialSource: 'container' }
        )
        assert.deepEqual(keys(cloudwatch), ['ASIACONTAINER1'])
        assert.equal(service.requests.length, 1)
      })
    })
  })
})
