// Many files of killed processes, or large ones: however the processes that adopt them end, each record arrives once.

import assert from 'node:assert/strict'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { first, status } from '@sim/local-cloudwatch/faults'
import { library } from '../testkit/addons/libraries.mjs'
import { start } from '../testkit/harness.mjs'
import {
  assertBalanced,
  assertQuiet,
  countsOf,
  filesOf,
  LEAST_BYTES,
  LINE_OF_OWN,
  leave,
  leftBytes,
  MINUTE,
  nameOf,
  ON_LINUX,
  OWN,
  openBed,
  playAdopter,
  playKilled,
  put,
  SKIPPED,
  SMALL,
  startHanging,
  until,
  variables,
  withId,
} from '../testkit/spool/processes.mjs'

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)

describe('many files', SKIPPED, () => {
  const FILES = 50

  /** Puts files of as many processes there, each with one record. */
  async function openMany(t, count = FILES) {
    const bed = await openBed(t)
    const bytes = await leftBytes(bed, "m.recordUsed({ provider: 'left' })")
    for (let number = 1; number <= count; number++) put(bed, number, withId(bytes, number))
    return bed
  }

  const LEFT = 'Used Environment=test,Provider=left'

  test('of processes of their own are adopted by two that start at the same time, each once', async (t) => {
    const bed = await openBed(t)
    await leave(bed, FILES, (number) => `m.recordUsed({ provider: 'left', tool: 't${number}' })`)
    assert.equal(filesOf(bed.directory).length, FILES)
    const options = { condition: 'files.length <= 2', env: SMALL }
    const both = await Promise.all([playAdopter(bed, options), playAdopter(bed, options)])
    both.forEach(assertQuiet)
    for (const { stats } of both) assertBalanced(stats)
    const { [LINE_OF_OWN]: own, ...rest } = countsOf(bed.cloudwatch)
    assert.equal(own, 2)
    assert.equal(Object.keys(rest).length, FILES)
    assert.equal(total(rest), FILES)
    assert.deepEqual(readdirSync(bed.directory), [])
  })

  test('lose and double nothing when the processes that adopt them are killed too', async (t) => {
    const bed = await openMany(t)
    const hanging = await startHanging(t)
    for (const adopted of [1, 10, 25]) {
      const condition = `spool.adopted >= ${adopted}`
      await playKilled({ ...bed, endpoint: hanging.endpoint }, `${OWN}\n${until(condition)}`)
    }
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 4, [LEFT]: FILES })
  })

  test('lose and double nothing when processes end at any moment while they adopt', async (t) => {
    const bed = await openMany(t)
    const warnings = []
    let runs = 0
    while (filesOf(bed.directory).length > 0) {
      runs++
      const { ended } = start('expression.mjs', {
        env: variables(bed, SMALL),
        args: [`${OWN}\nawait new Promise((resolve) => setTimeout(resolve, ${5 * runs}))`],
      })
      const { code, stderr } = await ended
      assert.equal(code, 0)
      warnings.push(stderr)
    }
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: runs, [LEFT]: FILES })
    // Each record waited for less than a moment, and is kept.
    assert.doesNotMatch(warnings.join(''), /lost/)
  })

  test('are left to others by a process that has ended its file', ON_LINUX, async (t) => {
    const bed = await openMany(t, 200)
    const { ended } = start('expression.mjs', {
      env: variables(bed, {
        // What is left takes more than it may, but nobody has tried to adopt all of it.
        ...SMALL,
        LD_PRELOAD: await library('slow-exit'),
        SLOW_EXIT_DIRECTORY: bed.directory,
        SLOW_EXIT_MS: '2000',
      }),
      args: [OWN],
    })
    assertQuiet(await ended)
    assertQuiet(await playAdopter(bed))
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 2, [LEFT]: 200 })
  })

  test('are adopted by processes that live for a moment', async (t) => {
    const bed = await openMany(t, 300)
    for (let runs = 0; runs < 10; runs++) {
      assertQuiet(await start('expression.mjs', { env: variables(bed), args: [OWN] }).ended)
    }
    assert.ok(filesOf(bed.directory).length < 300, 'nothing was adopted by ten processes')
  })
})

test(
  'a file with more than fits into that of the adopter keeps no other file from being adopted',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const large = await leftBytes(
      bed,
      `for (let key = 0; key < 100; key++) {
      for (let value = 0; value < 1_500; value++) m.recordQueueWait(value + 0.125, { provider: 'p' + key })
    }`,
      { HKM_SPOOL_MAX_BYTES: undefined }
    )
    put(bed, 1, large)
    put(bed, 2, await leftBytes(bed, "m.recordUsed({ provider: 'small' })"))
    const before = 'setTimeout(() => { globalThis.isLate = true }, 10_000)'
    const condition = 'files.length === 1 || globalThis.isLate'
    assertQuiet(await playAdopter(bed, { env: SMALL, before, condition }))
    const counts = countsOf(bed.cloudwatch)
    assert.equal(counts['Used Environment=test,Provider=small'], 1)
  }
)

/** Files that take more than what is left may take, and how many records of different series each of them has. */
const MANY = 24
const SERIES = 300

async function putExcess(bed) {
  const statementsOf = (number) =>
    `for (let key = 0; key < ${SERIES}; key++) m.recordUsed({ provider: '${number}-' + key })`
  await leave(bed, MANY, statementsOf)
  for (let number = 1; number <= MANY; number++) {
    const minutesAgo = new Date(Date.now() - (MANY - number + 1) * MINUTE)
    utimesSync(join(bed.directory, nameOf(number)), minutesAgo, minutesAgo)
  }
}

test(
  'of files that take more than 16 times the maximum of one, the oldest are removed, and their records counted',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    bed.cloudwatch.setFault(status(503))
    await putExcess(bed)
    const aside = nameOf(99).replace('spool', 'damaged')
    writeFileSync(join(bed.directory, aside), Buffer.alloc(1_000_000, 1))
    utimesSync(join(bed.directory, aside), 0, 0)
    const { message, ended } = start('expression.mjs', {
      env: variables(bed, {
        ...SMALL,
        // Room for a part of one of them.
        HKM_MAX_BUFFERED_DATUMS: '20',
        HKM_MAX_SERIES: '10',
        HKM_FLUSH_INTERVAL_MS: '100',
        HKM_SHUTDOWN_TIMEOUT_MS: '100',
      }),
      args: [`${OWN}\n${until('spool.dropped > 0')}`],
    })
    const { stats } = await message()
    const { stderr } = await ended
    const left = filesOf(bed.directory).filter((name) => name <= nameOf(MANY))
    const taken = left.reduce(
      (sum, name) => sum + 512 * statSync(join(bed.directory, name)).blocks,
      0
    )
    assert.ok(taken <= 16 * LEAST_BYTES && taken > 14 * LEAST_BYTES, `${taken} bytes`)
    assert.equal(left.at(-1), nameOf(MANY))
    assert.equal(left[0], nameOf(MANY - left.length + 1))
    assert.deepEqual(filesOf(bed.directory, 'hkm-damaged'), [])
    const { dropped, adopted } = stats.spool
    const removed = (MANY - left.length) * SERIES
    assert.ok(dropped <= removed && dropped + adopted >= removed, `${dropped} and ${adopted}`)
    assert.ok(adopted < SERIES)
    assert.match(
      stderr,
      /Files of killed processes were removed, the oldest first, with \d+ records/
    )
  }
)

for (const [when, fault] of [
  ['while CloudWatch accepts records', undefined],
  ['because one request fails', first(1, status(503))],
]) {
  test(`of files that take more than that, none is removed ${when}`, SKIPPED, async (t) => {
    const bed = await openBed(t)
    await putExcess(bed)
    bed.cloudwatch.setFault(fault)
    // Room for two or three of them at a time.
    const env = { ...SMALL, HKM_MAX_BUFFERED_DATUMS: '800', HKM_FLUSH_INTERVAL_MS: '500' }
    const { code, stderr, stats } = await playAdopter(bed, { env })
    assert.equal(code, 0)
    assert.doesNotMatch(stderr, /removed/)
    assert.equal(stats.spool.dropped, 0)
    const { [LINE_OF_OWN]: own, ...left } = countsOf(bed.cloudwatch)
    assert.equal(own, 1)
    assert.equal(total(left), MANY * SERIES)
  })
}
