// Keys that are not valid in a header. The SDK would panic when it signs a request of STS with them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServices } from '../testkit/credentials/run.mjs'
import { environment, evaluate, UNTIL_A_FAULT } from '../testkit/harness.mjs'

describe('a key that cannot be sent is told before it signs a request for a role,', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/metrics'
  const KEYS = ['aws_access_key_id = AKID\u0001', 'aws_secret_access_key = secret']
  for (const [what, variables] of [
    [
      'in the environment',
      () => ({ AWS_ACCESS_KEY_ID: 'AKID\nX', AWS_SECRET_ACCESS_KEY: 'x', HKM_ROLE_ARN: ROLE }),
    ],
    [
      'in a profile',
      (file) => ({
        HKM_ENABLED: 'true',
        AWS_SHARED_CREDENTIALS_FILE: file('credentials', ['[default]', ...KEYS].join('\n')),
        HKM_ROLE_ARN: ROLE,
      }),
    ],
    [
      'in a profile that assumes a role itself',
      (file) => ({
        HKM_ENABLED: 'true',
        AWS_SHARED_CREDENTIALS_FILE: file(
          'credentials',
          ['[default]', `role_arn = ${ROLE}`, 'source_profile = base', '[base]', ...KEYS].join('\n')
        ),
      }),
    ],
  ]) {
    test(what, async () => {
      const services = await startServices()
      try {
        const { stats } = await evaluate(
          `m.recordUsed({ provider: 'p' });${UNTIL_A_FAULT}`,
          environment(services.cloudwatch.endpoint, {
            ...variables(services.file),
            AWS_ENDPOINT_URL_STS: services.sts.url,
          })
        )
        assert.equal(stats.lastError.code, 'CredentialsError')
        assert.equal(stats.buffered + stats.inFlight, 1)
        assert.equal(stats.possiblyDuplicated, 0)
        assert.equal(services.sts.requests.length, 0)
        assert.equal(services.cloudwatch.requests.length, 0)
      } finally {
        await services.close()
      }
    })
  }
})
