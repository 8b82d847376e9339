// An EC2 instance that gives no credentials. Metrics are on, because the machine is one of EC2, and nothing can be delivered.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runOnInstance } from '../testkit/credentials/silent-instance.mjs'
import { NEEDS_NAMESPACES } from '../testkit/platform.mjs'

const RECORD = "m.recordUsed({ provider: 'p' });"
const FLUSHES = `
  for (let count = 0; count < 3; count++) {
    ${RECORD}
    const { delivered, remaining } = await hkm.flushMetrics({ timeoutMs: 60_000 })
    console.log(delivered, remaining)
  }
  process.kill(process.pid, 'SIGKILL')`

const ON_REQUEST = { HKM_ENABLED: 'true' }

for (const [what, service, variables] of [
  ['that a container cannot reach, because of its hop limit', 'silent'],
  ['that a container cannot reach, with metrics on by request', 'silent', ON_REQUEST],
  ['that nobody listens at', 'absent'],
  ['that has no role', 'no role'],
  ['that has no role, with metrics on by request', 'no role', ON_REQUEST],
]) {
  describe(`a metadata service ${what}`, NEEDS_NAMESPACES, () => {
    test('does not hold up the end of the process for shutdownTimeoutMs, and the loss is told', async () => {
      const { code, signal, stderr } = await runOnInstance({
        service,
        statements: RECORD,
        variables,
      })
      assert.deepEqual({ code, signal }, { code: 0, signal: null })
      assert.match(
        stderr,
        /^.*1 record was lost.*The role of the instance gave no credentials.*\n$/
      )
    })

    test('does not hold up flushes, and is warned about once', async () => {
      const { signal, stdout, stderr } = await runOnInstance({
        service,
        statements: FLUSHES,
        variables,
      })
      assert.equal(signal, 'SIGKILL')
      assert.equal(stdout, 'false 1\nfalse 2\nfalse 3\n')
      assert.match(stderr, /^.*not delivered; they are kept.*hop limit.*HKM_ENABLED=false.*\n$/)
    })
  })
}

test('a profile that is named and not there is told, and the role of the instance does not stand in for it', {
  ...NEEDS_NAMESPACES,
}, async () => {
  const { requests, stderr } = await runOnInstance({
    service: 'silent',
    variables: { ...ON_REQUEST, AWS_PROFILE: 'nope', HKM_SHUTDOWN_TIMEOUT_MS: '500' },
    statements: RECORD,
  })
  assert.equal(requests, 0)
  assert.match(stderr, /AWS_PROFILE names the profile nope, which is in neither file of profiles/)
})
