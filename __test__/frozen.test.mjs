// A process that is stopped while it waits for an answer, for longer than it would wait: the answer that came meanwhile is
// read, and the records count once.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startContainerCredentials } from '@sim/local-cloudwatch/credentials'
import { first } from '@sim/local-cloudwatch/faults'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'

// Stopping a process and seeing that it has stopped needs Linux.
const skip = process.platform !== 'linux'

/** Milliseconds that are longer than the timeout of an attempt, and than that of a request for credentials. */
const LONGER_MS = 5_500

const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']

/** Linux, proc(5): the state follows the name of the command, in brackets. */
const isStopped = ({ pid }) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** A fault that calls `received`, and answers once `answer` is called. */
function held() {
  let received
  let answer
  const isReceived = new Promise((resolve) => (received = resolve))
  const isAnswered = new Promise((resolve) => (answer = resolve))
  return {
    isReceived,
    answer,
    fault: {
      async meet(_exchange, proceed) {
        received()
        await isAnswered
        return proceed()
      },
    },
  }
}

/** Records in a child which is stopped while `service` holds its first answer. Gives the stats. */
async function recordFrozen({ cloudwatch, service = cloudwatch, variables, isAnsweredMeanwhile }) {
  const { isReceived, answer, fault } = held()
  service.setFault(first(1, fault))
  const { child, message, ended } = start('expression.mjs', {
    env: environment(cloudwatch.endpoint, variables),
    args: ["m.recordUsed({ provider: 'p' })"],
  })
  await isReceived
  child.kill('SIGSTOP')
  while (!isStopped(child)) await new Promise(setImmediate)
  if (isAnsweredMeanwhile) {
    answer()
    await service.until(() => service.requests[0].status !== null)
  }
  // Time has to pass for the child: nothing else is waited for.
  await sleep(LONGER_MS)
  child.kill('SIGCONT')
  answer()
  const { stats } = await message()
  assert.equal((await ended).code, 0)
  return stats
}

describe('a process that is stopped while it waits for an answer', { skip, concurrency: 6 }, () => {
  for (const scheme of ['http', 'https']) {
    for (const isAnsweredMeanwhile of [true, false]) {
      const when = isAnsweredMeanwhile ? 'came meanwhile' : 'comes as it goes on'
      test(`reads the one that ${when}, over ${scheme}`, async () => {
        const tls = scheme === 'https' ? serverTls('server.pem') : undefined
        const cloudwatch = await startLocalCloudWatch({ tls })
        try {
          const variables = { ...CREDENTIALS, AWS_CA_BUNDLE: certificateFile('ca.pem') }
          const stats = await recordFrozen({ cloudwatch, variables, isAnsweredMeanwhile })
          assert.equal(stats.possiblyDuplicated, 0)
          assert.equal(stats.requests, 1)
          assert.equal(stats.lastError, undefined)
          assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
        } finally {
          await cloudwatch.close()
        }
      })
    }
  }

  test('sends once if credentials came meanwhile', async () => {
    const cloudwatch = await startLocalCloudWatch()
    const service = await startContainerCredentials()
    try {
      const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: service.uri }
      const frozen = { cloudwatch, service, variables, isAnsweredMeanwhile: true }
      const stats = await recordFrozen(frozen)
      assert.equal(stats.requests, 1)
      assert.equal(stats.possiblyDuplicated, 0)
      assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
    } finally {
      await service.close()
      await cloudwatch.close()
    }
  })
})
