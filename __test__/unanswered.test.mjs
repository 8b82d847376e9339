// A worker that is being terminated goes on for a moment, and its calls into the native side return nothing, without an
// error. A record must not land in a foreign series then, and none may be missing from the books.

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

/** Every value is in the series that it was recorded for. */
function assertOwnSeries() {
  for (const { metricName, dimensions, values } of cloudwatch.applied()) {
    if (metricName !== 'CostCharged') continue
    const provider = dimensions.find(({ Name }) => Name === 'Provider').Value
    for (const value of values) {
      assert.equal(provider, value < 100 ? 'known' : `new-${value % 10}`, `${value}`)
    }
  }
}

describe('whichever function does not answer after the first record', () => {
  for (const silent of [...NAMES.map((name) => [name]), '*']) {
    test(`${silent}: no record lands in a foreign series, and each is counted`, async () => {
      const { names, recorded, stats, stderr } = await play(silent, 'first record')
      assert.deepEqual(names, NAMES)
      assertOwnSeries()
      assert.equal(stats.recorded, recorded)
      assert.equal(stats.applied + dropped(stats), recorded)
      // Each of what was recorded anew arrives: nothing wrong was remembered.
      const anew = cloudwatch.applied().flatMap(({ values }) => values.filter((it) => it >= 200))
      assert.deepEqual(anew.sort(), [200, 201, 202, 203, 204, 205, 206, 207, 208, 209])
      assert.equal(stderr, '')
    })
  }

  test('resolve: its records are counted as unresolved', async () => {
    const { stats } = await play(['resolve'], 'first record')
    // Ten new series, and a wait in one that is new too.
    assert.equal(stats.dropped.unresolved, 11)
    assert.equal(stats.dropped.invalidValue, 1)
  })

  test('refuse: what it would have counted is counted as unresolved', async () => {
    const { stats } = await play(['refuse'], 'first record')
    assert.equal(stats.dropped.unresolved, 1)
    assert.equal(stats.dropped.invalidValue, 0)
  })

  test('drainRing: what has no slot is counted as unresolved, and nothing is overwritten', async () => {
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

describe('whichever function never answered', () => {
  for (const silent of [...NAMES.map((name) => [name]), '*']) {
    test(`${silent}: metrics are on or off, and nothing is wrong`, async () => {
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
