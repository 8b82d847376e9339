// `hkm-native doctor`, where records are kept in a directory: what is there, and what is wrong with it.

import assert from 'node:assert/strict'
import {
  chownSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, start } from '../testkit/harness.mjs'
import { NEEDS_SPOOL } from '../testkit/platform.mjs'
import {
  nameOf,
  ON_LINUX,
  OWN,
  onDisk,
  openBed,
  playKilled,
  put,
  until,
  variables,
} from '../testkit/spool/processes.mjs'

const COMMAND = new URL('../cli/main.js', import.meta.url).href
const NEEDS_ROOT = { skip: process.getuid?.() !== 0 && 'needs root' }
const RECORDS = "for (let count = 0; count < 7; count++) m.recordUsed({ provider: 'left' })"
const HOURS_AGO = new Date(Date.now() - 2 * 3_600_000)

/** Calls the doctor in an empty project. */
async function examine(bed, args = [], how = {}) {
  const cwd = mkdtempSync(join(bed.root, 'project-'))
  const { code, stdout, stderr } = await run(COMMAND, {
    env: { ...variables(bed), HOME: cwd },
    args: ['doctor', ...args],
    cwd,
    ...how,
  })
  assert.equal(stderr, '')
  return { code, stdout, problems: stdout.split('\n').filter((line) => line.startsWith('✗')) }
}

/** Statements that wait until the test lets the process end. */
const untilEnd = ({ root }) => `
  const { existsSync } = await import('node:fs')
  while (!existsSync(${JSON.stringify(join(root, 'end'))})) await new Promise((resolve) => setTimeout(resolve, 5))`

const files = (bed) => readdirSync(bed.directory).sort()
const spoolOf = async (bed) => JSON.parse((await examine(bed, ['--json'])).stdout).spool

test(
  'a directory in which a file can be kept is told, and stays as it is',
  NEEDS_SPOOL,
  async (t) => {
    const bed = await openBed(t)
    const { code, stdout } = await examine(bed)
    assert.equal(code, 0, stdout)
    assert.match(stdout, new RegExp(`^ {2}spool +${bed.directory}$`, 'm'))
    assert.deepEqual(files(bed), [])
  }
)

test('without a directory, nothing is told of one', NEEDS_SPOOL, async (t) => {
  const bed = await openBed(t)
  const { stdout } = await examine({ ...bed, directory: undefined })
  assert.doesNotMatch(stdout, /spool/)
})

test('processes that use it are counted, and go on', NEEDS_SPOOL, async (t) => {
  const bed = await openBed(t)
  const { message, ended } = start('expression.mjs', {
    env: variables(bed),
    args: [`${OWN}\n${until('files.length === 1')}\nprocess.send('kept')\n${untilEnd(bed)}`],
  })
  await message()
  const [name] = files(bed)
  const { code, stdout } = await examine(bed)
  assert.equal(code, 0, stdout)
  assert.match(stdout, /: 1 process$/m)
  assert.deepEqual(files(bed), [name])
  const {
    files: [{ state }],
  } = await spoolOf(bed)
  assert.equal(state, 'used')
  writeFileSync(join(bed.root, 'end'), '')
  assert.equal((await ended).code, 0)
})

test(
  'what a killed process has left is counted, and is a problem if nobody comes for it',
  NEEDS_SPOOL,
  async (t) => {
    const bed = await openBed(t)
    await playKilled(bed, RECORDS)
    const [name] = files(bed)
    const soon = await examine(bed)
    assert.equal(soon.code, 0, soon.stdout)
    assert.match(soon.stdout, /: 7 records in 1 file since 2\d{3}-/)
    utimesSync(join(bed.directory, name), HOURS_AGO, HOURS_AGO)
    const { code, problems } = await examine(bed)
    assert.equal(code, 1)
    assert.equal(problems.length, 1)
    assert.match(
      problems[0],
      /^✗ spool: nobody takes over what killed processes have left in .*: 7 records in 1 file since /
    )
    assert.deepEqual(files(bed), [name])
    const {
      files: [file],
    } = await spoolOf(bed)
    assert.equal(file.name, name)
    assert.equal(file.records, 7)
    assert.equal(file.writtenAt, Math.floor(HOURS_AGO / 1_000) * 1_000)
  }
)

test('a file that cannot be read is a problem, and stays as it is', NEEDS_SPOOL, async (t) => {
  const bed = await openBed(t)
  put(bed, 1, Buffer.alloc(4_096, 7))
  writeFileSync(join(bed.directory, nameOf(2).replace('spool', 'damaged')), 'set aside')
  const before = files(bed)
  const { code, problems } = await examine(bed)
  assert.equal(code, 1)
  assert.match(
    problems[0],
    /^✗ spool: 0{15}1\.hkm-spool in .* is not taken over: it is no file of this package\.$/
  )
  assert.match(problems[1], /^✗ spool: 0{15}2\.hkm-damaged in .* could not be read as a whole\.$/)
  assert.equal(problems.length, 2)
  assert.deepEqual(files(bed), before)
})

test('of a file that is torn, it is told what can be read', NEEDS_SPOOL, async (t) => {
  const bed = await openBed(t)
  await playKilled(bed, RECORDS)
  const path = join(bed.directory, files(bed)[0])
  // The last ring, which was never used.
  truncateSync(path, statSync(path).size - 8)
  const {
    files: [file],
  } = await spoolOf(bed)
  assert.equal(file.state, 'left')
  assert.equal(file.records, 7)
})

test('a file of another user is a problem', NEEDS_ROOT, async (t) => {
  const bed = await openBed(t)
  put(bed, 1, Buffer.alloc(4_096))
  chownSync(join(bed.directory, nameOf(1)), 12_345, 12_345)
  const { code, problems } = await examine(bed)
  assert.equal(code, 1)
  assert.match(problems.join(), /is not taken over: it is of another user\.$/)
})

test('a directory that does not exist is a problem', NEEDS_SPOOL, async (t) => {
  const bed = await openBed(t)
  rmSync(bed.directory, { recursive: true })
  const { code, problems } = await examine(bed)
  assert.equal(code, 1)
  assert.equal(problems.length, 1)
  assert.match(problems[0], /^✗ spool: no file can be kept in .*: No such file or directory/)
})

test('a disk without room for a file is a problem', ON_LINUX, async (t) => {
  const bed = await openBed(t)
  const { code, problems } = await examine(bed, [], onDisk(bed, 16 * 4_096))
  assert.equal(code, 1)
  assert.equal(problems.length, 1)
  assert.match(problems[0], /^✗ spool: no file can be kept in .*: no storage space/)
})

test('on Windows, it is told that there is none', {
  skip: process.platform !== 'win32' && 'elsewhere there is one',
}, async (t) => {
  const bed = await openBed(t)
  const { code, problems } = await examine(bed)
  assert.equal(code, 1)
  assert.match(problems.join(), /it takes Linux or macOS/)
})
