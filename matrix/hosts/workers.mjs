// Worker threads that use the installed package.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { points } from './points.mjs'

const PROCESS = new URL('../fixtures/workers.mjs', import.meta.url)
const WORKERS = 20
const RECORDS = 1_000

/** @type {import('../hosts.mjs').Host} */
export async function* workers({ runtime, cloudwatch }) {
  const env = environment(cloudwatch.endpoint, CREDENTIALS)
  const { code, signal, stdout, stderr } = await start(PROCESS, { runtime: runtime.command, env })
    .ended
  assert.equal(stderr, '')
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(told.length, WORKERS)
  assert.ok(told.every(({ state }) => state === 'on'))
  yield 'loads'
  assert.equal(points(cloudwatch), WORKERS * RECORDS)
  yield 'records'
  // Its own records, and whatever other workers had made by then.
  const flushed = told.filter(({ isFlushed }) => isFlushed)
  assert.ok(flushed.every(({ applied }) => applied >= RECORDS))
  yield 'flushes'
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  assert.ok(told.every(({ code }) => code === 0))
  yield 'ends clean'
}
