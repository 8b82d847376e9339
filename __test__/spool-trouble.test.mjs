// Files that are damaged or of somebody else, and directories and disks that fail: no process crashes, no record is made up, one
// warning says what is wrong, and the records of the process that lives arrive.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { start } from '../testkit/harness.mjs'
import {
  assertBalanced,
  assertQuiet,
  countsOf,
  filesOf,
  LINE_OF_OWN,
  leftBytes,
  leftOf,
  linesOf,
  nameOf,
  ON_LINUX,
  OWN,
  openBed,
  playAdopter,
  playKilled,
  put,
  RECORD,
  RECORDS,
  SKIPPED,
  SMALL,
  variables,
  withHeader,
  withId,
} from '../testkit/spool/processes.mjs'

const LINE_OF_LAST = 'Used Environment=test,Provider=last'
/** The same, some of which were delivered before, and some of which are in the log. */
const RECORD_ALL_PLACES = `
  ${RECORD}
  await hkm.flushMetrics()
  const again = () => {
    for (let index = 0; index < ${RECORDS / 2}; index++) {
      m.recordUsed({ provider: 'left', tool: 't' + index % 5, key: 'K' })
    }
  }
  again()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  again()`

const LAST = 2 ** 48

/** Puts a file there that is looked at last, so that its adoption shows that the others were looked at. */
const putLast = async (bed) =>
  put(bed, LAST, withId(await leftBytes(bed, "m.recordUsed({ provider: 'last' })"), LAST))

/** Adopts from a directory with a last file, and asserts that at most one warning was written. */
async function adoptAll(bed, warning, options = {}) {
  const { readdirSync: _, ...others } = options
  const gone = `!files.includes('${nameOf(LAST)}')`
  const adopter = await playAdopter(bed, { condition: gone, ...others })
  assert.equal(adopter.code, 0, JSON.stringify(adopter))
  assertBalanced(adopter.stats)
  const lines = linesOf(adopter.stderr)
  assert.ok(lines.length <= 1, adopter.stderr)
  for (const line of lines) assert.match(line, warning)
  const counts = countsOf(bed.cloudwatch)
  assert.equal(counts[LINE_OF_OWN], 1)
  assert.equal(counts[LINE_OF_LAST], 1)
  return { ...adopter, lines }
}

/** Pseudo-random numbers below a bound; the same seed gives the same ones. */
function seeded(seed) {
  let state = seed
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647
    return Math.floor((state / 2_147_483_647) * bound)
  }
}

describe(
  'of a file that is damaged, no more arrives than was recorded, and nothing crashes',
  SKIPPED,
  () => {
    test('if it is cut off anywhere', async (t) => {
      const bed = await openBed(t)
      const bytes = await leftBytes(bed, RECORD)
      const random = seeded(7)
      const lengths = [1, 7, 8, 31, 32, 33, 63, 64, 4_095, 4_096, 4_097, 4_104, bytes.length - 1]
      for (let index = 0; index < 40; index++) lengths.push(random(bytes.length))
      for (let index = 0; index < 20; index++) lengths.push(4_096 + random(1_000))
      for (const [index, length] of lengths.entries()) {
        put(bed, index + 1, withId(bytes, index + 1).subarray(0, length))
      }
      await putLast(bed)
      const { stats, lines } = await adoptAll(bed, /set aside as .*\.hkm-damaged/)
      assert.equal(lines.length, 1)
      assert.ok(leftOf(bed.cloudwatch) <= RECORDS * lengths.length)
      assert.equal(filesOf(bed.directory).length, 0)
      assert.equal(stats.spool.setAside, filesOf(bed.directory, 'hkm-damaged').length)
    })

    for (const seed of [1, 2, 3]) {
      test(`if bits of it are flipped, by the seed ${seed}`, async (t) => {
        const bed = await openBed(t)
        const bytes = await leftBytes(bed, seed === 3 ? RECORD_ALL_PLACES : RECORD)
        const used = [...bytes.keys()].filter((index) => bytes[index] !== 0)
        const random = seeded(seed)
        for (let number = 1; number <= 80; number++) {
          const damaged = withId(bytes, number)
          for (let flips = 1 + random(3); flips > 0; flips--) {
            // Near what is not zero, where something is.
            const at = Math.min(bytes.length - 1, used[random(used.length)] + random(9))
            damaged[at] ^= 1 << random(8)
          }
          put(bed, number, damaged)
        }
        await putLast(bed)
        const { stats } = await adoptAll(bed, /set aside as .*\.hkm-damaged/)
        const delivered = seed === 3 ? RECORDS : 0
        const most = delivered + RECORDS * 80
        assert.ok(leftOf(bed.cloudwatch) <= most, `${leftOf(bed.cloudwatch)} of ${most}`)
        assert.equal(stats.spool.setAside, filesOf(bed.directory, 'hkm-damaged').length)
      })
    }

    test('if one bit of the numbers of a ring is flipped', async (t) => {
      const bed = await openBed(t)
      const bytes = await leftBytes(bed, RECORD)
      // The first ring: its tag, its second, and its header.
      const words = bytes.length / 8
      const quarter = Math.floor((words - 512) / 4)
      const ring = 8 * (512 + 3 * quarter)
      assert.notEqual(bytes.readBigUInt64LE(ring), 0n)
      let number = 0
      for (let at = ring; at < ring + 16 + 160; at++) {
        for (let bit = 0; bit < 8; bit += 2) {
          const damaged = withId(bytes, ++number)
          damaged[at] ^= 1 << bit
          put(bed, number, damaged)
        }
      }
      await putLast(bed)
      await adoptAll(bed, /set aside/)
      assert.ok(
        leftOf(bed.cloudwatch) <= RECORDS * number,
        `${leftOf(bed.cloudwatch)} of ${RECORDS * number}`
      )
    })
  }
)

describe('a file that is none of this package, or of another version', SKIPPED, () => {
  for (const [what, make, expected] of [
    ['is empty', () => Buffer.alloc(0), 'removed'],
    ['holds zeros', () => Buffer.alloc(100_000), 'removed'],
    ['holds text', () => Buffer.from('garbage '.repeat(5_000)), 'set aside'],
    [
      'begins with zeros and holds text',
      () => Buffer.concat([Buffer.alloc(64), Buffer.from('precious '.repeat(999))]),
      'set aside',
    ],
    ['is of a newer version', (bytes) => withHeader(bytes, { version: 2 }), 'set aside'],
    [
      'says that it is larger than it can be',
      (bytes) => withHeader(bytes, { words: 2 ** 32 - 1 }),
      'set aside',
    ],
    ['says that it has no words', (bytes) => withHeader(bytes, { words: 0 }), 'set aside'],
  ]) {
    test(`${what}: it is ${expected}`, async (t) => {
      const bed = await openBed(t)
      const bytes = make(await leftBytes(bed, RECORD))
      put(bed, 1, bytes)
      await putLast(bed)
      const { lines, stats } = await adoptAll(bed, /set aside as .*\.hkm-damaged/)
      const isAside = expected === 'set aside'
      assert.equal(lines.length, isAside ? 1 : 0)
      assert.equal(stats.spool.setAside, isAside ? 1 : 0)
      const aside = filesOf(bed.directory, 'hkm-damaged')
      assert.equal(aside.length, isAside ? 1 : 0)
      if (isAside) assert.deepEqual(readFileSync(join(bed.directory, aside[0])), bytes)
      assert.ok(leftOf(bed.cloudwatch) <= RECORDS)
    })
  }

  test('is huge and sparse: it takes no memory', ON_LINUX, async (t) => {
    const bed = await openBed(t)
    const left = await leftBytes(bed, RECORD)
    const words = 2 ** 32 - 1
    const file = openSync(join(bed.directory, nameOf(1)), 'w', 0o600)
    writeSync(file, withHeader(left, { words }).subarray(0, 4_096))
    // Its log begins with an entry of a quarter of a gigabyte, all of which is a hole.
    const log = 512 + Math.floor((words - 512) / 4)
    const entry = Buffer.alloc(16)
    entry.writeUInt32LE(left.readUInt32LE(4 * 8), 0)
    entry.writeUInt32LE(2 ** 28, 4)
    const index = left.readUInt32LE(4 * 8 + 4)
    writeSync(file, entry, 0, 16, 8 * (log + index))
    ftruncateSync(file, 8 * words)
    closeSync(file)
    await putLast(bed)
    const before = `process.on('exit', () => console.log(process.resourceUsage().maxRSS))`
    const { stdout } = await adoptAll(bed, /set aside/, { before })
    const kilobytes = Number(stdout.trim())
    assert.ok(kilobytes < 300_000, `${kilobytes} kB`)
  })

  test('is no file at all: it is left alone', async (t) => {
    const bed = await openBed(t)
    const target = join(bed.root, 'target')
    writeFileSync(target, await leftBytes(bed, RECORD))
    const path = (number) => join(bed.directory, nameOf(number))
    execFileSync('mkfifo', [path(1)])
    symlinkSync(target, path(2))
    mkdirSync(path(3))
    symlinkSync('/dev/zero', path(4))
    symlinkSync(path(5), path(5))
    const server = createServer().listen(path(6))
    t.after(() => server.close())
    mkdirSync(join(bed.directory, 'folder'))
    writeFileSync(join(bed.directory, 'notes.txt'), 'mine')
    await putLast(bed)
    const before = readdirSync(bed.directory)
    const { lines } = await adoptAll(bed, /./)
    assert.deepEqual(lines, [])
    assert.deepEqual(
      readdirSync(bed.directory),
      before.filter((name) => name !== nameOf(LAST))
    )
    assert.equal(leftOf(bed.cloudwatch), 0)
    assert.ok(existsSync(target))
  })
})

test(
  'a file that cannot be set aside is adopted once, and keeps no other from being adopted',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const bytes = withId(await leftBytes(bed, RECORD), 1)
    put(bed, 1, bytes.subarray(0, bytes.length - 8))
    const aside = join(bed.directory, nameOf(1).replace('hkm-spool', 'hkm-damaged'))
    mkdirSync(join(aside, 'folder'), { recursive: true })
    await putLast(bed)
    const before = 'setTimeout(() => { globalThis.isLate = true }, 5_000)'
    const condition = `globalThis.isLate || !files.includes('${nameOf(LAST)}')`
    const play = () => playAdopter(bed, { before, condition })
    await play()
    await play()
    assert.equal(countsOf(bed.cloudwatch)[LINE_OF_LAST], 1)
    assert.ok(leftOf(bed.cloudwatch) <= RECORDS, `${leftOf(bed.cloudwatch)} of ${RECORDS}`)
  }
)

test('a file of another program that cannot be set aside stays as it is', SKIPPED, async (t) => {
  const bed = await openBed(t)
  const bytes = Buffer.alloc(4_096, 'text of another program ')
  put(bed, 1, bytes)
  mkdirSync(join(bed.directory, nameOf(1).replace('hkm-spool', 'hkm-damaged'), 'folder'), {
    recursive: true,
  })
  await putLast(bed)
  await playAdopter(bed, { condition: `!files.includes('${nameOf(LAST)}')` })
  assert.deepEqual(readFileSync(join(bed.directory, nameOf(1))), bytes)
})

describe('a directory', SKIPPED, () => {
  for (const [what, path, prepare] of [
    ['does not exist', 'absent/deeper', () => {}],
    ['is a file', 'file', (path) => writeFileSync(path, 'text')],
    ['is a link to nothing', 'link', (path) => symlinkSync('nowhere', path)],
    ['has a name that is too long', 'x'.repeat(300), () => {}],
    ['is one of the system, where no files are made', '/proc/self', () => {}],
  ]) {
    test(`that ${what} is warned of once, and records arrive`, async (t) => {
      const bed = await openBed(t)
      const directory = path.startsWith('/') ? path : join(bed.root, path)
      prepare(directory)
      const { ended, message } = start('expression.mjs', {
        env: variables({ ...bed, directory }),
        args: [OWN],
      })
      const { stats } = await message()
      const { code, stderr } = await ended
      assert.equal(code, 0)
      assert.equal(stats.spool, undefined)
      assert.equal(linesOf(stderr).length, 1, stderr)
      assert.match(stderr, /Records are not kept in .*, and are lost if the process is killed: /)
      assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 1 })
    })
  }

  test('that is removed while the process runs costs no record', async (t) => {
    const bed = await openBed(t)
    const { ended, message, child } = start('expression.mjs', {
      env: variables(bed),
      args: [
        `${OWN}
        await new Promise((resolve) => { process.once('message', resolve); process.send('recorded') })
        ${RECORD}`,
      ],
    })
    await message()
    rmSync(bed.directory, { recursive: true })
    child.send('removed')
    const { stats } = await message()
    const { code, stderr } = await ended
    assert.equal(code, 0)
    // The process looks for files when it starts, and may notice it then.
    for (const line of linesOf(stderr)) {
      assert.match(line, /cannot be looked for in .*: No such file|: its file was removed/)
    }
    assertBalanced(stats)
    assert.equal(countsOf(bed.cloudwatch)[LINE_OF_OWN], 1)
    assert.equal(leftOf(bed.cloudwatch), RECORDS)
    assert.ok(!existsSync(bed.directory))
  })
})

test(
  'a log that has no room for what waits counts that, and the records of the process arrive',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const { ended, message } = start('expression.mjs', {
      env: variables(bed, SMALL),
      args: [
        `for (let key = 0; key < 60; key++) {
        for (let value = 0; value < 1_400; value++) m.recordQueueWait(value + 0.125, { provider: 'p' + key })
        await new Promise(setImmediate)
      }
      process.send(hkm.metricsStats())`,
      ],
    })
    const before = await message()
    const { stats } = await message()
    assertQuiet(await ended)
    assertBalanced(before)
    assert.equal(stats.applied, 60 * 1_400)
    assert.deepEqual(readdirSync(bed.directory), [])
  }
)

test(
  'series that have no room in a file cost the process no record, and the next one says what is missing',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const series = 4_000
    await playKilled(
      bed,
      `for (let key = 0; key < ${series}; key++) {
      m.recordUsed({ provider: key + 'x'.repeat(200), tool: 't'.repeat(200) })
    }`,
      { env: SMALL }
    )
    const { stats, code } = await playAdopter(bed)
    assert.equal(code, 0)
    assertBalanced(stats)
    assert.equal(stats.spool.adopted, series)
    assert.equal(stats.applied + stats.dropped.unresolved, series + 1)
    assert.ok(stats.dropped.unresolved > 0)
  }
)

test(
  'an adopter with a small buffer drops nothing while CloudWatch accepts',
  SKIPPED,
  async (t) => {
    const bed = await openBed(t)
    const series = 500
    const record = `
    for (let key = 0; key < ${series}; key++) m.recordUsed({ provider: 'left', tool: 't' + key })`
    put(bed, 1, await leftBytes(bed, record))
    const { stats } = await playAdopter(bed, {
      env: { HKM_MAX_BUFFERED_DATUMS: '50', HKM_MAX_SERIES: '20' },
    })
    assertBalanced(stats)
    assert.equal(stats.dropped.bufferFull, 0)
    assert.equal(leftOf(bed.cloudwatch), series)
  }
)

test('a file of another user is warned of, and left alone', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const bed = await openBed(t)
  put(bed, 1, await leftBytes(bed, RECORD))
  chownSync(join(bed.directory, nameOf(1)), 12_345, 12_345)
  await putLast(bed)
  const { lines } = await adoptAll(bed, /is of another user, and is not read/)
  assert.equal(lines.length, 1)
  assert.equal(leftOf(bed.cloudwatch), 0)
  assert.deepEqual(filesOf(bed.directory), [nameOf(1)])
})
