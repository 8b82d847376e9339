// The log of a file, used for long: what waits has room whatever was there before, and what the end of the process says of it is true.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { status } from '@sim/local-cloudwatch/faults'
import { start } from '../testkit/harness.mjs'
import {
  assertBalanced,
  countsOf,
  LEAST_BYTES,
  openBed,
  playAdopter,
  SKIPPED,
  variables,
} from '../testkit/spool/processes.mjs'

const SHORT = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }

/** Statements that let the test go on, and wait for it. */
const pauseWith = (told) => `
  await new Promise((resolve) => { process.once('message', resolve); process.send(${told}) })`

/** How many records of a provider arrived. */
const arrivalsOf = ({ cloudwatch }, provider) =>
  Object.entries(countsOf(cloudwatch))
    .filter(([line]) => line.includes(`Provider=${provider}`))
    .reduce((sum, [, count]) => sum + count, 0)

/** Starts a process whose statements pause once, and lets CloudWatch accept nothing from then on. */
async function startBeforeOutage(bed, statements, env = {}) {
  const process_ = start('expression.mjs', { env: variables(bed, env), args: [statements] })
  const told = await process_.message()
  bed.cloudwatch.setFault(status(503))
  process_.child.send('go on')
  return { ...process_, told }
}

for (const seed of [1, 2, 3]) {
  test(
    `after many flushes of different sizes, by the seed ${seed}, what waits in an outage is in the file`,
    SKIPPED,
    async (t) => {
      const bed = await openBed(t)
      const outage = await startBeforeOutage(
        bed,
        `
      let state = ${seed}
      const random = (bound) => Math.floor(((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647) * bound)
      const record = (provider, series, values) => {
        for (let key = 0; key < series; key++) {
          for (let value = 0; value < values; value++) m.recordQueueWait(value + 0.125, { provider: provider + key })
        }
      }
      for (let flush = 0; flush < 40; flush++) {
        record('early', 1 + random(8), 1 + random(400))
        await hkm.flushMetrics()
      }
      ${pauseWith('hkm.metricsStats().spool.overflows')}
      for (let round = 0; round < 4; round++) {
        record('late' + round + '-', 40, 300)
        await hkm.flushMetrics({ timeoutMs: 100 })
      }
      process.send(hkm.metricsStats())
      process.kill(process.pid, 'SIGKILL')
      for (;;) {}`,
        { HKM_SPOOL_MAX_BYTES: String(8 * LEAST_BYTES) }
      )
      assert.equal(outage.told, 0)
      const stats = await outage.message()
      assert.equal((await outage.ended).signal, 'SIGKILL')
      assertBalanced(stats)
      assert.equal(stats.spool.overflows, 0)
      bed.cloudwatch.setFault(undefined)
      await playAdopter(bed)
      assert.equal(arrivalsOf(bed, 'late'), 4 * 40 * 300)
    }
  )
}

test(
  'when no room was there once, and all of that is delivered, what is left at the end is in the file',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const outage = await startBeforeOutage(
      bed,
      `
    for (let key = 0; key < 60; key++) {
      for (let value = 0; value < 1_400; value++) m.recordQueueWait(value + 0.125, { provider: 'early' + key })
    }
    await hkm.flushMetrics()
    ${pauseWith('hkm.metricsStats()')}
    for (let count = 0; count < 7; count++) m.recordUsed({ provider: 'late' })
    process.exit()`,
      { ...SHORT, HKM_SPOOL_MAX_BYTES: String(LEAST_BYTES) }
    )
    assert.ok(outage.told.spool.overflows > 0)
    const { stderr } = await outage.ended
    assert.match(stderr, /7 records were left in .* for the next process/)
    bed.cloudwatch.setFault(undefined)
    await playAdopter(bed)
    assert.equal(arrivalsOf(bed, 'late'), 7)
  }
)

test('when no room is there at the end, what is left is said to be lost', SKIPPED, async (t) => {
  const bed = await openBed(t)
  const outage = await startBeforeOutage(
    bed,
    `
    m.recordUsed({ provider: 'early' })
    ${pauseWith("'begun'")}
    for (let key = 0; key < 60; key++) {
      for (let value = 0; value < 1_400; value++) m.recordQueueWait(value + 0.125, { provider: 'late' + key })
    }
    process.exit()`,
    { ...SHORT, HKM_SPOOL_MAX_BYTES: String(LEAST_BYTES) }
  )
  const { stderr } = await outage.ended
  assert.match(stderr, /records were lost at the end of the process/)
  assert.doesNotMatch(stderr, /for the next process/)
})

test(
  'when the file was removed, what is left at the end is said to be lost',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const outage = await startBeforeOutage(
      bed,
      `
    m.recordUsed({ provider: 'early' })
    const { rmSync } = await import('node:fs')
    rmSync(process.env.HKM_SPOOL_DIRECTORY, { recursive: true })
    ${pauseWith("'removed'")}
    m.recordUsed({ provider: 'late' })
    process.exit()`,
      SHORT
    )
    const { stderr } = await outage.ended
    assert.match(
      stderr,
      /2 records were lost at the end of the process|1 record was lost at the end of the process/
    )
    assert.doesNotMatch(stderr, /for the next process/)
  }
)
