// Disks that are too small, full or read-only, and file systems of other kinds: no process crashes, and its records arrive.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { status } from '@sim/local-cloudwatch/faults'
import { ensureCommand } from '../scripts/debian.mjs'
import { start } from '../testkit/harness.mjs'
import { unshare } from '../testkit/namespaces/isolation.mjs'
import {
  assertBalanced,
  assertQuiet,
  countsOf,
  LINE_OF_OWN,
  leftBytes,
  leftOf,
  linesOf,
  ON_LINUX,
  OWN,
  onDisk,
  openBed,
  playAdopter,
  playKilled,
  put,
  RECORD,
  RECORDS,
  SMALL,
  until,
  variables,
  withId,
} from '../testkit/spool/processes.mjs'

const HAS_LOOP = process.getuid?.() === 0 && existsSync('/dev/loop-control')
const ON_LOOP = { skip: !HAS_LOOP && 'needs root and loop devices' }
const RUNTIME = process.env.HKM_TEST_RUNTIME ?? process.execPath

describe('a disk', ON_LINUX, () => {
  /** Plays statements in a process whose directory is a disk of its own, of so many bytes. */
  async function playOn(bed, bytes, statements, { env = SMALL, make } = {}) {
    const { ended, message } = start('expression.mjs', {
      env: variables(bed, env),
      ...onDisk(bed, bytes, make),
      args: [statements],
    })
    const told = await message()
    return { ...told, ...(await ended) }
  }

  const LIST = `return (await import('node:fs')).readdirSync(process.env.HKM_SPOOL_DIRECTORY)`
  const PAGE = 4_096

  test('of any size crashes nothing, and holds no file that is not used', async (t) => {
    const bed = await openBed(t)
    const wrong = []
    const sizes = [1, 2, 16, 63, 64, 65, 66, 127, 128, 129, 130, 131, 176, 177, 178, 192, 256, 300]
    for (const pages of sizes) {
      const end = await playOn(bed, pages * PAGE, `${RECORD}\n${LIST}`).catch(
        ({ message }) => message
      )
      if (end.code !== 0) {
        wrong.push(`${pages} pages: ${end}`)
        continue
      }
      const { stats, result, stderr } = end
      assert.equal(stats.applied, RECORDS)
      assert.ok(linesOf(stderr).length <= 1, stderr)
      if (stats.spool === undefined) {
        assert.match(stderr, /Records are not kept in .*: no storage space/)
        if (result.length > 0) wrong.push(`${pages} pages: ${result} stays`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  /** Statements that fill the disk of the directory to the last byte. */
  const FILL = `
    {
      const { appendFileSync } = await import('node:fs')
      for (const size of [65_536, 4_096, 1]) {
        try {
          for (;;) appendFileSync(process.env.HKM_SPOOL_DIRECTORY + '/filler', Buffer.alloc(size, 1))
        } catch ({ code }) {
          if (code !== 'ENOSPC') throw new Error(code)
        }
      }
    }`

  for (const [what, bytes, make, command] of [
    ['in memory', 8_000_000],
    // A page has several blocks there.
    [
      'of ext4 with small blocks',
      64_000_000,
      ['mkfs.ext4', '-q', '-F', '-b', '1024'],
      ['mkfs.ext4', 'e2fsprogs'],
    ],
    [
      'of ext2, which makes no room in advance',
      64_000_000,
      ['mkfs.ext2', '-q', '-F'],
      ['mkfs.ext2', 'e2fsprogs'],
    ],
  ]) {
    const condition = make ? ON_LOOP : {}
    test(`${what} that is filled while the process runs costs no record`, condition, async (t) => {
      if (command) ensureCommand(...command)
      const bed = await openBed(t)
      const { stats, stderr, code } = await playOn(
        bed,
        bytes,
        `${OWN}
        ${FILL}
        ${RECORD}
        for (let key = 0; key < 9_000; key++) m.recordQueueWait(key, { provider: 'p' + key, reason: 'x'.repeat(100) })
        for (let round = 0; round < 30; round++) {
          for (let value = 0; value < 16_000; value++) m.recordQueueWait(value, { provider: 'p0' })
          await new Promise(setImmediate)
        }`,
        { env: { HKM_SPOOL_MAX_BYTES: '32000000' }, make }
      )
      assert.equal(code, 0)
      assert.notEqual(stats.spool, undefined)
      assertBalanced(stats)
      assert.equal(stats.applied, stats.recorded)
      assert.equal(linesOf(stderr).length <= 1, true, stderr)
      assert.equal(countsOf(bed.cloudwatch)[LINE_OF_OWN], 1)
    })
  }

  test(
    'of Btrfs, which ends a process when it is full, is warned of, and records arrive',
    ON_LOOP,
    async (t) => {
      ensureCommand('mkfs.btrfs', 'btrfs-progs')
      const bed = await openBed(t)
      const { stats, stderr, code, result } = await playOn(
        bed,
        200_000_000,
        `${FILL}\n${OWN}\n${LIST}`,
        {
          make: ['mkfs.btrfs', '-q'],
        }
      )
      assert.equal(code, 0)
      assert.equal(stats.spool, undefined)
      assert.match(
        stderr,
        /Records are not kept in .*it is on Btrfs, where a full disk would end the process/
      )
      assert.deepEqual(result, ['filler'])
      assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 1 })
    }
  )

  test('that is small is not filled by what killed processes left', async (t) => {
    const bed = await openBed(t)
    bed.cloudwatch.setFault(status(503))
    const bytes = await leftBytes(
      bed,
      "for (let key = 0; key < 100; key++) m.recordUsed({ provider: 'left' + key })"
    )
    const directory = join(bed.root, 'many')
    mkdirSync(directory)
    for (let number = 1; number <= 10; number++) put({ directory }, number, withId(bytes, number))
    const disk = 24_000_000
    const { stats, stderr, result } = await playOn(
      bed,
      disk,
      `const { cpSync, statSync } = await import('node:fs')
      const directory = process.env.HKM_SPOOL_DIRECTORY
      cpSync(${JSON.stringify(directory)}, directory, { recursive: true, preserveTimestamps: true })
      ${OWN}
      ${until('spool.dropped > 0')}
      const { readdirSync } = await import('node:fs')
      const left = readdirSync(directory).filter((name) => name.startsWith('00000'))
      return left.reduce((sum, name) => sum + 512 * statSync(directory + '/' + name).blocks, 0)`,
      {
        env: {
          ...SMALL,
          // Room for a part of one of them.
          HKM_MAX_BUFFERED_DATUMS: '20',
          HKM_FLUSH_INTERVAL_MS: '100',
          HKM_SHUTDOWN_TIMEOUT_MS: '100',
        },
      }
    )
    assert.ok(result <= disk / 2 && result > disk / 2 - 3_000_000, `${result} bytes are left`)
    assert.ok(stats.spool.dropped >= 300, `${stats.spool.dropped} records`)
    assert.match(stderr, /took more than 12\d+ bytes/)
  })

  test('that is full when a worker starts costs no record', async (t) => {
    const bed = await openBed(t)
    const program = join(bed.root, 'worker.mjs')
    const index = JSON.stringify(new URL('../index.js', import.meta.url).href)
    writeFileSync(
      program,
      `import { hostedKeyMetrics } from ${index}
      for (let i = 0; i < 100; i++) hostedKeyMetrics.recordUsed({ provider: 'worker' })`
    )
    const { stats, code } = await playOn(
      bed,
      2_000_000,
      `${OWN}
      const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      const { appendFileSync } = await import('node:fs')
      const filler = process.env.HKM_SPOOL_DIRECTORY + '/filler'
      try { for (;;) appendFileSync(filler, Buffer.alloc(4_096, 1)) } catch {}
      await Promise.all([1, 2, 3].map(() => once(new Worker(${JSON.stringify(program)}), 'exit')))`,
      { env: { HKM_SPOOL_MAX_BYTES: '16000000' } }
    )
    assert.equal(code, 0)
    assert.equal(stats.applied, 301)
  })

  test('of which all is read-only is warned of, and records arrive', async (t) => {
    const bed = await openBed(t)
    const [command, ...args] = unshare('--mount')
    const script = `mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; shift; exec "$@"`
    await playKilled(bed, RECORD)
    const { ended } = start('expression.mjs', {
      env: variables(bed),
      runtime: command,
      runtimeArgs: [...args, 'sh', '-c', script, 'sh', bed.directory, RUNTIME],
      args: [OWN],
    })
    const { code, stderr } = await ended
    assert.equal(code, 0)
    assert.equal(linesOf(stderr).length, 1, stderr)
    assert.match(stderr, /Records are not kept in .*Read-only file system/)
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 1 })
    assertQuiet(await playAdopter(bed))
    assert.equal(leftOf(bed.cloudwatch), RECORDS)
  })

  test('on which no file may be as large as that of the process is warned of, and records arrive', async (t) => {
    const bed = await openBed(t)
    const { ended } = start('expression.mjs', {
      env: variables(bed),
      runtime: 'prlimit',
      runtimeArgs: ['--fsize=1000000', RUNTIME],
      args: [OWN],
    })
    const { code, stderr } = await ended
    assert.equal(code, 0)
    assert.match(stderr, /Records are not kept in .*File too large/)
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 1 })
    assert.deepEqual(readdirSync(bed.directory), [])
  })
})
