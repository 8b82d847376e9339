// Worker threads that come and go in one process: everything arrives, nothing crashes, and no memory stays behind.
// What each single ending of a worker does is in `endings.mjs`.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const WORKERS = 10

/** Bytes of a ring: slots of an id and a value. */
const RING_BYTES = 16_384 * (4 + 8)

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Plays waves of workers, and gives how many records were made, and the memory after each wave. */
async function play(waves, who, extra) {
  const { message, ended } = start('worker-waves.mjs', {
    env: environment(cloudwatch.endpoint, { ...CREDENTIALS, ...extra }),
    args: [String(waves), String(WORKERS), who],
    runtimeArgs: ['--expose-gc'],
  })
  const { told, isBun } = await message()
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  const recorded = told.reduce((sum, wave) => sum + wave.recorded, 0)
  return { recorded, isBun, memory: told.map(({ rss }) => rss) }
}

/** A worker that is terminated may have made one record that it had not counted yet. */
function assertArrived(recorded, terminated) {
  const arrived = cloudwatch
    .applied()
    .flatMap(({ counts }) => counts)
    .reduce((sum, count) => sum + count, 0)
  assert.ok(
    arrived >= recorded && arrived <= recorded + terminated,
    `${recorded} recorded, ${arrived} arrived`
  )
}

test('sixty workers that end in every way beside a main thread that records lose nothing', async () => {
  const { recorded } = await play(6, 'main')
  assertArrived(recorded, 60)
})

/** Bytes by which the memory grew from one quarter of the waves, the second, to the last one, where it was least. */
function grown({ memory }) {
  const quarter = memory.length / 4
  const least = (from) => Math.min(...memory.slice(from, from + quarter))
  return least(3 * quarter) - least(quarter)
}

test('workers that record alone lose nothing, and leave no ring behind', async () => {
  // As many as make rings stand out from what runtimes keep of each worker themselves, for some time or for good.
  const waves = 40
  const [played, without] = await Promise.all([
    play(waves, 'alone'),
    play(waves, 'alone', { HKM_ENABLED: 'false' }),
  ])
  assertArrived(played.recorded, waves * WORKERS)
  // What Bun keeps of as many workers, with metrics or without, varies by more than all of the rings.
  if (played.isBun) return
  const left = grown(played) - grown(without)
  const rings = (waves / 2) * WORKERS * RING_BYTES
  assert.ok(left < rings / 2, `${left} bytes more than without records; all rings are ${rings}`)
})
