// Processes that keep their records in files of a directory, that are killed, and that adopt what others left.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { hang } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, start } from '../harness.mjs'
import { unshare } from '../namespaces/isolation.mjs'

const RUNTIME = process.env.HKM_TEST_RUNTIME ?? process.execPath

/** What tests of files need. */
export { NEEDS_SPOOL as SKIPPED, ON_LINUX } from '../platform.mjs'

export const MINUTE = 60_000

/** The least that a file may have. */
export const LEAST_BYTES = 2_000_000
export const SMALL = { HKM_SPOOL_MAX_BYTES: String(LEAST_BYTES) }

/**
 * Opens a directory for files, and a CloudWatch that delivers. Both are closed after a test.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [options]
 * @param {number} [options.aheadMs] of the clock of CloudWatch
 * @param {string} [options.below] where the directory is made
 */
export async function openBed(t, { aheadMs = 0, below = tmpdir() } = {}) {
  const root = mkdtempSync(join(below, 'hkm-spool-'))
  const directory = join(root, 'spool')
  mkdirSync(directory)
  const cloudwatch = await startLocalCloudWatch({ now: () => Date.now() + aheadMs })
  t.after(async () => {
    await cloudwatch.close()
    rmSync(root, { recursive: true, force: true })
  })
  return { root, directory, cloudwatch, endpoint: cloudwatch.endpoint }
}

/** The variables of a process that keeps its records. */
export const variables = ({ endpoint, directory }, extra = {}) =>
  environment(endpoint, { ...CREDENTIALS, HKM_SPOOL_DIRECTORY: directory, ...extra })

/** The names of files with an ending, sorted. */
export const filesOf = (directory, ending = 'hkm-spool') =>
  readdirSync(directory)
    .filter((name) => name.endsWith(`.${ending}`))
    .sort()

/** Statements that end a process on the spot. */
export const die = (signal = 'SIGKILL') => `
  process.kill(process.pid, '${signal}')
  for (;;) {}`

/**
 * Plays statements in a process that is killed right after them. Tells the minutes in which they began and ended, and what
 * they wrote to stderr.
 */
export async function playKilled(bed, statements, options = {}) {
  const { env = {}, signal = 'SIGKILL' } = options
  const began = Date.now()
  const { ended } = start('expression.mjs', {
    env: variables(bed, env),
    args: [`${statements}\n${die(signal)}`],
  })
  const end = await ended
  assert.equal(end.signal, signal, end.stderr)
  const minute = (time) => Math.floor(time / MINUTE) * MINUTE
  return { ...end, began: minute(began), ended: minute(Date.now()) }
}

/** The record that an adopter makes, which starts it. */
export const OWN = "m.recordUsed({ provider: 'own' });"
export const LINE_OF_OWN = 'Used Environment=test,Provider=own'

/** Statements that wait until this is true of `files`, the spool files of the directory, and `spool`, the stats. */
export const until = (condition) => `
  {
    const { readdirSync } = await import('node:fs')
    const isMet = () => {
      const files = readdirSync(process.env.HKM_SPOOL_DIRECTORY)
        .filter((name) => name.endsWith('.hkm-spool'))
      const { spool } = hkm.metricsStats()
      return ${condition}
    }
    while (!isMet()) await new Promise((resolve) => setTimeout(resolve, 5))
  }`

/** How many records these statements make, of two namespaces. */
export const RECORDS = 40
export const RECORD = `
  for (let index = 0; index < ${RECORDS / 2}; index++) {
    m.recordUsed({ provider: 'left', tool: 't' + index % 5, key: 'K' })
  }
  const { defineMetrics, counter } = hkm
  const { orders } = defineMetrics({
    namespace: 'Shop',
    metrics: { orders: counter({ dimensions: ['region'], rollups: [[]] }) },
  })
  for (let index = 0; index < ${RECORDS / 2}; index++) orders.add(1, { region: 'r' + index % 3 })`

/** Runs a process that adopts until a condition is met, then flushes and ends. By default, until no other file is left. */
export async function playAdopter(bed, options = {}) {
  const { env = {}, condition = 'files.length === 1', before = '', ...others } = options
  const { message, ended } = start('expression.mjs', {
    env: variables(bed, env),
    args: [`${before}\n${OWN}\n${until(condition)}`],
    ...others,
  })
  const { stats } = await message()
  return { stats, ...(await ended) }
}

/** Asserts that nothing went wrong at the end of a process. */
export function assertQuiet({ code, signal, stderr }) {
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
}

/** Asserts that each record is in one place. */
export function assertBalanced({ recorded, spool, applied, buffered, inFlight, dropped }) {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  assert.equal(recorded + (spool?.adopted ?? 0), applied + buffered + inFlight + lost)
}

/** How many records of a CloudWatch have a name, by the values of their dimensions. */
export function countsOf(cloudwatch) {
  const counts = {}
  for (const { metricName, dimensions, counts: each } of cloudwatch.applied()) {
    const values = dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join()
    const key = `${metricName} ${values}`
    counts[key] = (counts[key] ?? 0) + each.reduce((sum, count) => sum + count, 0)
  }
  return counts
}

/** How many of these records arrived, without those of roll-ups. */
export const leftOf = (cloudwatch) =>
  Object.entries(countsOf(cloudwatch))
    .filter(([name]) => /Provider=left|Region=/.test(name))
    .reduce((sum, [, count]) => sum + count, 0)

export const linesOf = (stderr) => stderr.split('\n').filter(Boolean)

/** Gives the bytes of the file that a killed process leaves, which had a directory of its own. */
export async function leftBytes(bed, statements, env = {}) {
  const directory = mkdtempSync(join(bed.root, 'left-'))
  await playKilled({ ...bed, directory }, statements, {
    env: { ...SMALL, ...env },
  })
  const [name] = filesOf(directory)
  const bytes = readFileSync(join(directory, name))
  rmSync(directory, { recursive: true })
  return bytes
}

/** Leaves as many files of killed processes, each with the records of its own statements. */
export async function leave(bed, count, statementsOf) {
  // Few at a time, for a small machine.
  for (let first = 1; first <= count; first += 4) {
    const numbers = [first, first + 1, first + 2, first + 3].filter((number) => number <= count)
    const left = numbers.map(async (number) =>
      put(bed, number, await leftBytes(bed, statementsOf(number)))
    )
    await Promise.all(left)
  }
}

/** The name of a file by its number. */
export const nameOf = (number) => `${number.toString(16).padStart(16, '0')}.hkm-spool`

export const put = (bed, number, bytes) =>
  writeFileSync(join(bed.directory, nameOf(number)), bytes, { mode: 0o600 })

/** A CloudWatch that never answers. */
export async function startHanging(t) {
  const hanging = await startLocalCloudWatch()
  hanging.setFault(hang())
  t.after(() => hanging.close())
  return hanging
}

/**
 * How a process is started whose directory is a disk of so many bytes, which it has alone: in memory, or with a file system that a
 * command makes on it.
 */
export function onDisk({ directory }, bytes, make = []) {
  const [runtime, ...args] = unshare('--mount')
  const inMemory = `mount -t tmpfs -o size=${bytes} none "$1"`
  const image = `"$1.img"`
  const made = `truncate -s ${bytes} ${image}; ${make.join(' ')} ${image} >/dev/null; mount -o loop ${image} "$1"`
  const script = `set -e; ${make.length > 0 ? made : inMemory}; shift; exec "$@"`
  return { runtime, runtimeArgs: [...args, 'sh', '-c', script, 'sh', directory, RUNTIME] }
}

/** The same file with another id, and thus another name: as if another process had left it. */
export function withId(bytes, number) {
  const copy = Buffer.from(bytes)
  copy.writeBigUInt64LE(BigInt(number), 16)
  copy.writeBigUInt64LE(BigInt(crc32(copy.subarray(8, 24))), 24)
  return copy
}

/** The same file with another version, or another number of words, in its header. */
export function withHeader(bytes, { version = 1, words = bytes.length / 8 }) {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(words, 8)
  copy.writeUInt32LE(version, 12)
  copy.writeBigUInt64LE(BigInt(crc32(copy.subarray(8, 24))), 24)
  return copy
}
