// Plays statements that capture metrics in a child; see `programs/capturing.mjs`.

import assert from 'node:assert/strict'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, start } from './harness.mjs'

const NOWHERE = 'http://127.0.0.1:9'

/**
 * Evaluates statements, with credentials for an endpoint where nobody listens. Returns their result.
 *
 * @param {string} statements
 * @param {{ endpoint?: string, env?: Record<string, string>, runtimeArgs?: string[] }} [options]
 */
export async function capturing(statements, options = {}) {
  const { endpoint = NOWHERE, env = CREDENTIALS, runtimeArgs } = options
  const { ended, message } = start('capturing.mjs', {
    env: environment(endpoint, env),
    args: [statements],
    runtimeArgs,
  })
  const { result } = await message()
  const { code, stderr } = await ended
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return result
}

/** As `capturing`, with a local CloudWatch. Returns also what has arrived, one record a line. */
export async function capturingAndDelivering(statements, options) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const result = await capturing(statements, { endpoint: cloudwatch.endpoint, ...options })
    return { result, records: appliedRecords(cloudwatch), requests: cloudwatch.requests.length }
  } finally {
    await cloudwatch.close()
  }
}
