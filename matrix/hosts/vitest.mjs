// vitest, whose threads load the package in many files of one process.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { points } from './points.mjs'

const FOLDER = new URL('../../examples/vitest/', import.meta.url)
const VITEST = new URL('node_modules/vitest/vitest.mjs', FOLDER)
/** Ten of its twenty files make 50 calls, and one that fails. */
const RECORDS = 10 * 51

/** @type {import('../hosts.mjs').Host} */
export async function* vitest({ runtime, cloudwatch }) {
  const suites = (credentials, extra = {}) =>
    start(VITEST, {
      runtime: runtime.command,
      env: environment(cloudwatch.endpoint, { ...credentials, NO_COLOR: '1', ...extra }),
      args: ['run', '--root', decodeURIComponent(FOLDER.pathname)],
    }).ended

  const on = await suites(CREDENTIALS)
  assert.match(on.stdout, /Test Files +20 passed/)
  yield 'loads'
  assert.ok(cloudwatch.requests.every(({ status }) => status === 200))
  assert.ok(points(cloudwatch) > 0)
  yield 'records'
  assert.equal(points(cloudwatch), RECORDS)
  yield 'flushes'
  assert.deepEqual({ code: on.code, stderr: on.stderr }, { code: 0, stderr: '' })

  const before = cloudwatch.requests.length
  const off = await suites({})
  assert.match(off.stdout, /Test Files +20 passed/)
  assert.deepEqual({ code: off.code, stderr: off.stderr }, { code: 0, stderr: '' })
  assert.equal(cloudwatch.requests.length, before, 'nothing is sent without credentials')

  const failing = await suites(CREDENTIALS, { FAILING: 'tool-03' })
  assert.match(failing.stdout, /Test Files +1 failed \| 19 passed/)
  assert.equal(failing.code, 1)
  assert.equal(points(cloudwatch), 2 * RECORDS)
  yield 'ends clean'
}
