// Worker threads that record and end: the process sends what they left.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '../local/server.mjs'
import { appliedRecords, CREDENTIALS, environment, run } from './harness.mjs'

const RECORDS = 3 * 500

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

for (const [ending, how, code] of [
  ['natural', 'end by themselves', 0],
  ['exit', 'call process.exit', 0],
  ['terminate', 'are terminated', 0],
  ['process.exit', 'run when the main thread calls process.exit', 5],
]) {
  for (const [main, own] of [
    ['', 0],
    ['main', 1],
  ]) {
    const who = main ? 'beside a main thread that records' : 'alone'
    test(`workers that record ${who} and ${how} lose nothing`, async () => {
      const end = await run('worker-only.mjs', {
        env: environment(cloudwatch.endpoint, CREDENTIALS),
        args: [ending, main],
      })
      assert.deepEqual({ code: end.code, signal: end.signal }, { code, signal: null })
      assert.equal(end.stderr, '')
      assert.equal(appliedRecords(cloudwatch).length, RECORDS + own)
    })
  }
}
