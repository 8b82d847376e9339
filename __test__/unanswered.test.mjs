// Tests native calls that return `undefined` without an error. A worker that is being terminated
// continues for a moment, and its calls do so. No record may then be stored in another series, and
// each record must be counted.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const binding = createRequire(import.meta.url)('../binding.js')
const NAMES = Object.keys(binding).filter((name) => typeof binding[name] === 'function')

let cloudwatch
beforeEach(async () => {
  cloudwatch = await startLocalCloudWatch()
})
afterEach(() => cloudwatch.close())

/** Runs `testkit/programs/unanswered.cjs`. Returns what it sends, and its stderr. */
async function play(silent, since) {
  const { message, ended } = start('unanswered.cjs', {
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    args: [JSON.stringify({ silent, since })],
  })
  const told = await message()
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  return { ...told, stderr }
}

const dropped = (stats) => Object.values(stats.dropped).reduce((sum, count) => sum + count)

/** Asserts that each value is in the series for which it was recorded. */
function assertOwnSeries() {
  for (const { metricName, dimensions, values } of cloudwatch.applied()) {
    if (metricName !== 'CostCharged') continue
    const provider = dimensions.find(({ Name }) => Name === 'Provider').Value
    for (const value of values) {
      assert.equal(provider, value < 100 ? 'known' : `new-${value % 10}`, `${value}`)
    }
  }
}

describe('if a function does not answer after the first record', () => {
  for (const silent of [...NAMES.map((name) => [name]), '*']) {
    test(`${silent}: no record is stored in another series, and each is counted`, async () => {
      const { names, recorded, stats, stderr } = await play(silent, 'first record')
      assert.deepEqual(names, NAMES)
      assertOwnSeries()
      assert.equal(stats.recorded, recorded)
      assert.equal(stats.applied + dropped(stats), recorded)
      // Each record that was made later is delivered, so no wrong id was cached.
      const anew = cloudwatch.applied().flatMap(({ values }) => values.filter((it) => it >= 200))
      assert.deepEqual(anew.sort(), [200, 201, 202, 203, 204, 205, 206, 207, 208, 209])
      // The record of NaN is told of, if the native side has counted it.
      const isCounted = !silent.includes('refuse') && silent !== '*'
      const toldOf = isCounted ? /^\[hkm-native\] A record of .* was dropped: .* NaN.*\n$/ : /^$/
      assert.match(stderr, toldOf)
    })
  }

  test('resolve: its records are counted as unresolved', async () => {
    const { stats } = await play(['resolve'], 'first record')
    // The ten values of new series, and a wait, whose series is new as well.
    assert.equal(stats.dropped.unresolved, 11)
    assert.equal(stats.dropped.invalidValue, 1)
  })

  test('refuse: a record that it does not count is counted as unresolved', async () => {
    const { stats } = await play(['refuse'], 'first record')
    assert.equal(stats.dropped.unresolved, 1)
    assert.equal(stats.dropped.invalidValue, 0)
  })

  test('drainRing: records without a slot are counted as unresolved, and none is overwritten', async () => {
    const { stats } = await play(['drainRing', 'wake'], 'first record')
    const arrived = cloudwatch
      .applied()
      .flatMap(({ values, counts }) =>
        values.flatMap((value, index) => Array(counts[index]).fill(value))
      )
    assert.equal(arrived.length, stats.applied)
    assert.equal(arrived.filter((value) => value === 1).length, 1)
    assert.equal(arrived.filter((value) => value === 3).length, 20_000 - stats.dropped.unresolved)
  })
})

describe('if a function never answers', () => {
  for (const silent of [...NAMES.map((name) => [name]), '*']) {
    test(`${silent}: metrics are off, or no record is stored in another series and each is counted`, async () => {
      const { recorded, stats } = await play(silent, 'start')
      assertOwnSeries()
      if (stats.state === 'on') {
        assert.equal(stats.recorded, recorded)
        assert.equal(stats.applied + dropped(stats), recorded)
      } else {
        assert.match(stats.reason, /did not answer|gave no ring/)
        assert.equal(stats.recorded, 0)
      }
    })
  }
})
