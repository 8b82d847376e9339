// A record of a known series makes no call into the native side and no garbage.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { NEEDS_PROC } from '../testkit/platform.mjs'

/** A slot of the ring for each record, and a look at the ring's fill at every half of it. */
const SLOTS = 16_384

/** Of every number of labels, up to 29, with `Environment` as many dimensions as CloudWatch takes. */
const RECORDERS = ['facade', 'declared', 'bound']

const cases = RECORDERS.flatMap((whose) =>
  ['as it is compiled', 'no inlining'].map((how) => ({ whose, how }))
)

for (const { whose, how } of cases) {
  test(`a known series costs no native call and no allocation, but for rings that fill: ${whose}, ${how}`, async () => {
    const cloudwatch = await startLocalCloudWatch()
    try {
      const records = 1_000_000
      const { ended, message } = start('hot-path.cjs', {
        env: environment(cloudwatch.endpoint, CREDENTIALS),
        args: [String(records), how, whose],
        runtimeArgs: ['--expose-gc'],
      })
      const { calls, isBun, bytesPerRecord, collections, stats } = await message()
      const { wake = 0, drainRing = 0, ...others } = calls
      assert.deepEqual(others, {})
      assert.ok(wake + drainRing <= (2 * stats.recorded) / SLOTS + 2, JSON.stringify(calls))
      if (!isBun) {
        assert.equal(collections, 0)
        assert.ok(bytesPerRecord < 1, `${bytesPerRecord} bytes a record`)
      }
      assert.equal(stats.recorded, stats.applied)
      assert.equal((await ended).code, 0)
    } finally {
      await cloudwatch.close()
    }
  })
}

test(
  'a process that stops recording sends what it has and then makes no more wake-ups',
  NEEDS_PROC,
  async () => {
    const cloudwatch = await startLocalCloudWatch()
    try {
      const { child, ended, message } = start('idle.cjs', {
        env: { ...environment(cloudwatch.endpoint, CREDENTIALS), HKM_FLUSH_INTERVAL_MS: '100' },
      })
      const { switches, records } = await message()
      assert.equal(switches, 0, 'context switches of the flusher in 1.5 idle seconds')
      assert.equal(records, 3)
      child.kill('SIGKILL')
      await ended
    } finally {
      await cloudwatch.close()
    }
  }
)
