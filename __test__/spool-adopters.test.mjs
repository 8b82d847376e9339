// Processes that adopt what others have left, and are killed, or meet others that read the same files: no record is doubled, and none is
// adopted where it would be less safe than in its file.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { status } from '@sim/local-cloudwatch/faults'
import { library } from '../testkit/addons/libraries.mjs'
import { start } from '../testkit/harness.mjs'
import {
  assertBalanced,
  assertQuiet,
  countsOf,
  filesOf,
  leftBytes,
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

/** The word of a file that says which other one its process was adopting, in bytes from its beginning. */
const ADOPTING = 80
/** The highest id of a file. */
const LAST = 2n ** 64n - 1n
const WAIT = 'await new Promise((resolve) => setTimeout(resolve, 60_000))'

/** Statements that make a record of each of several series. */
const recordEach = (series, name = 'left') =>
  `for (let key = 0; key < ${series}; key++) m.recordUsed({ provider: '${name}' + key })`

/** How many records of the series arrived once, twice and so on. */
function arrivals({ cloudwatch }, name = 'left') {
  const all = {}
  for (const [line, count] of Object.entries(countsOf(cloudwatch))) {
    if (line.includes(`=${name}`)) all[count] = (all[count] ?? 0) + 1
  }
  return all
}

/** Locks a file, as a process that reads it does. Returns what ends that. */
async function lock(path) {
  const held = spawn(
    'flock',
    ['--exclusive', '--no-fork', path, 'sh', '-c', 'echo locked; exec sleep 60'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    }
  )
  await once(held.stdout, 'data')
  return async () => {
    held.kill()
    await once(held, 'exit')
  }
}

describe('an adopter that is killed before a file could be told of it', ON_LINUX, () => {
  const SERIES = 20

  /** Lets a process adopt the records of a file with the number 1, and kills it before the file says so. */
  async function openHalfTold(t, { ms = 0, endpoint, statements = '' } = {}) {
    const bed = await openBed(t)
    put(bed, 1, withId(await leftBytes(bed, recordEach(SERIES)), 1))
    const { ended } = start('expression.mjs', {
      env: variables(
        { ...bed, endpoint: endpoint ?? (await startHanging(t)).endpoint },
        { LD_PRELOAD: await library('killed-telling'), KILLED_TELLING_MS: String(ms) }
      ),
      args: [`${OWN}\n${statements}\n${WAIT}`],
    })
    assert.equal((await ended).signal, 'SIGKILL')
    assert.equal(filesOf(bed.directory).length, 2)
    return bed
  }

  test('has the records, and the file has them no more', async (t) => {
    const bed = await openHalfTold(t)
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assertBalanced(adopter.stats)
    assert.deepEqual(arrivals(bed), { 1: SERIES })
  })

  for (const which of ['file', 'adopter']) {
    test(`has the records, also while somebody reads that of the ${which}`, async (t) => {
      const bed = await openHalfTold(t)
      const [first, second] = filesOf(bed.directory)
      assert.equal(first, nameOf(1))
      const unlock = await lock(join(bed.directory, which === 'file' ? first : second))
      // A file whose name is the last: when it is adopted, all others were looked at.
      put(bed, LAST, withId(await leftBytes(bed, "m.recordUsed({ provider: 'last' })"), LAST))
      const meanwhile = await playAdopter(bed, { condition: 'spool.adoptedFiles >= 1' })
      assertQuiet(meanwhile)
      assert.deepEqual(filesOf(bed.directory), [first, second])
      await unlock()
      assertQuiet(await playAdopter(bed))
      assert.deepEqual(arrivals(bed), { 1: SERIES })
    })
  }

  test('has the records, also while somebody reads its file for a moment', async (t) => {
    const bed = await openHalfTold(t)
    const [, own] = filesOf(bed.directory)
    // Between the two, large files that take a while.
    const large = await leftBytes(bed, recordEach(3_000, 'large'))
    for (const number of [2, 3, 4, 5]) put(bed, number, withId(large, number))
    const unlock = await lock(join(bed.directory, own))
    const { message, ended, ...process_ } = start('expression.mjs', {
      env: variables(bed),
      args: [
        `${OWN}
        ${until('spool.adoptedFiles >= 1')}
        console.log('begun')
        ${until('spool.adoptedFiles >= 4')}`,
      ],
    })
    await process_.until(({ stdout }) => stdout.includes('begun'))
    await unlock()
    await message()
    assert.equal((await ended).code, 0)
    await playAdopter(bed)
    assert.deepEqual(arrivals(bed), { 1: SERIES })
  })

  test('and has delivered the records meanwhile: they are not delivered again', async (t) => {
    const bed = await openBed(t)
    put(bed, 1, withId(await leftBytes(bed, recordEach(SERIES)), 1))
    const { ended } = start('expression.mjs', {
      env: variables(bed, {
        LD_PRELOAD: await library('killed-telling'),
        KILLED_TELLING_MS: '1500',
      }),
      args: [`${OWN}\n${until(`spool.adopted === ${SERIES}`)}\nawait hkm.flushMetrics()\n${WAIT}`],
    })
    assert.equal((await ended).signal, 'SIGKILL')
    await playAdopter(bed)
    assert.deepEqual(arrivals(bed), { 1: SERIES })
  })
})

test('a file that was adopted further by others is not told of less', SKIPPED, async (t) => {
  const bed = await openBed(t)
  const hanging = await startHanging(t)
  const few = { ...SMALL, HKM_MAX_BUFFERED_DATUMS: '40' }
  put(bed, 1, withId(await leftBytes(bed, recordEach(120)), 1))
  await playKilled(
    { ...bed, endpoint: hanging.endpoint },
    `${OWN}
    ${until('spool.adopted >= 1')}
    for (let key = 0; key < 12; key++) {
      for (let value = 0; value < 1_500; value++) m.recordQueueWait(value + 0.125, { provider: 'many' + key })
    }`,
    { env: few }
  )
  // As if it had been killed a moment before it noted that the file was told.
  const name = filesOf(bed.directory).find((other) => other !== nameOf(1))
  const path = join(bed.directory, name)
  const bytes = readFileSync(path)
  bytes.writeBigUInt64LE(1n, ADOPTING)
  writeFileSync(path, bytes)
  while (filesOf(bed.directory).length > 0) {
    // Each of them ends before it has adopted all.
    assertQuiet(
      await playAdopter(bed, { env: few, condition: 'spool.adopted >= 10 || files.length === 1' })
    )
  }
  const { 1: once, ...others } = arrivals(bed)
  assert.deepEqual({ once, others }, { once: 120, others: {} })
})

test(
  'a process whose file was removed takes nothing over any more, and says so',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const series = 3_000
    put(bed, 1, withId(await leftBytes(bed, recordEach(series)), 1))
    const adopter = await playAdopter(bed, {
      env: { HKM_MAX_BUFFERED_DATUMS: '100', HKM_MAX_SERIES: '10' },
      before: `
      const { rmSync } = await import('node:fs')
      const removeOwn = (files) => {
        const own = files.find((name) => name !== '${nameOf(1)}')
        if (own) rmSync(process.env.HKM_SPOOL_DIRECTORY + '/' + own)
      }
      const { warn } = console
      console.warn = (...texts) => {
        globalThis.isTold ||= texts.join(' ').includes('its file was removed')
        warn(...texts)
      }`,
      condition: `(spool.adopted > 0 && removeOwn(files), globalThis.isTold)`,
    })
    assert.match(adopter.stderr, /Records are not kept in .* any more, .*: its file was removed/)
    assertBalanced(adopter.stats)
    assert.ok(adopter.stats.spool.adopted < series)
    assert.deepEqual(filesOf(bed.directory), [nameOf(1)])
    await playAdopter(bed)
    assert.deepEqual(arrivals(bed), { 1: series })
  }
)

describe('while CloudWatch accepts nothing', SKIPPED, () => {
  test('records stay in their file, and the own ones do not push them out', async (t) => {
    const bed = await openBed(t)
    put(bed, 1, withId(await leftBytes(bed, recordEach(300)), 1))
    bed.cloudwatch.setFault(status(503))
    const { message, ended } = start('expression.mjs', {
      env: variables(bed, {
        ...SMALL,
        HKM_MAX_BUFFERED_DATUMS: '200',
        HKM_MAX_SERIES: '1',
        HKM_SHUTDOWN_TIMEOUT_MS: '300',
      }),
      args: [
        `${OWN}
        ${until('spool.adopted > 0')}
        await hkm.flushMetrics({ timeoutMs: 500 })
        ${recordEach(40, 'own')}
        await hkm.flushMetrics({ timeoutMs: 500 })`,
      ],
    })
    const { stats } = await message()
    await ended
    assertBalanced(stats)
    assert.equal(stats.dropped.bufferFull, 0)
    bed.cloudwatch.setFault(undefined)
    await playAdopter(bed)
    assert.deepEqual(arrivals(bed), { 1: 300 })
  })
})

test(
  'a file whose series have no room in that of the adopter is left to one that has room',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const hanging = await startHanging(t)
    const series = 6_000
    for (const number of [1, 2, 3]) {
      put(bed, number, withId(await leftBytes(bed, recordEach(series, `left${number}-`)), number))
    }
    const listen = `const { warn } = console
      console.warn = (text) => {
        warn(text)
        globalThis.isTold ||= text.includes('wait in')
      }`
    const condition = 'spool.adopted > 0 && files.length < 4 && globalThis.isTold'
    const killed = await playKilled(
      { ...bed, endpoint: hanging.endpoint },
      `${listen}\n${OWN}\n${until(condition)}`,
      { env: SMALL }
    )
    assert.match(
      killed.stderr,
      /Records of killed processes wait in .* for the next process: the file of this one has no room/
    )
    const { stats } = await playAdopter(bed)
    assertBalanced(stats)
    assert.equal(stats.dropped.unresolved, 0)
    assert.deepEqual(arrivals(bed), { 1: 3 * series })
  }
)
