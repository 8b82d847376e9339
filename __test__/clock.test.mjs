// A system's clock that is not CloudWatch's, or that is set while records wait: what is sent has CloudWatch's time, and
// no record is lost or doubled.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startContainerCredentials } from '@sim/local-cloudwatch/credentials'
import { ServiceError } from '@sim/local-cloudwatch/faults'
import { library } from '../testkit/addons/libraries.mjs'
import { appliedRecords, CREDENTIALS, environment, evaluate, start } from '../testkit/harness.mjs'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** What AWS accepts. */
const SIGNATURE_TOLERANCE = 5 * MINUTE

const RECORD = "m.recordUsed({ provider: 'p' });"
const ARRIVED = ['Used Count {Environment=test,Provider=p} 1']

const opened = []
afterEach(() => Promise.all(opened.splice(0).map((service) => service.close())))

/** Starts a CloudWatch whose clock is ahead of this machine's. It checks when a request was signed. */
async function cloudwatchAhead(by, { checksSignatures = true } = {}) {
  const now = () => Date.now() + by
  const cloudwatch = await startLocalCloudWatch({ now })
  opened.push(cloudwatch)
  const expired = {
    meet: ({ refuse }) =>
      refuse(new ServiceError(403, 'SignatureDoesNotMatch', 'Signature expired: it is now later')),
  }
  cloudwatch.setFault((_index, { headers }) => {
    const isRight = Math.abs(signedAt(headers) - now()) <= SIGNATURE_TOLERANCE
    return isRight || !checksSignatures ? undefined : expired
  })
  return { ...cloudwatch, now }
}

/** When a request was signed, by its `x-amz-date`. */
function signedAt({ 'x-amz-date': date }) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  return Date.parse(`${parts.slice(1, 4).join('-')}T${parts.slice(4).join(':')}Z`)
}

/** The minute of a time. */
const minute = (time) => Math.floor(time / MINUTE)

/** Asserts that each record arrived once, and in a minute between two times of CloudWatch's clock. */
function assertArrived(cloudwatch, begin, { records = 1, end = cloudwatch.now() } = {}) {
  assert.deepEqual(appliedRecords(cloudwatch), Array(records).fill(ARRIVED[0]))
  for (const { timestamp } of cloudwatch.applied()) {
    assert.equal(timestamp % MINUTE, 0)
    assert.ok(minute(timestamp) >= minute(begin), `${new Date(timestamp)} ${new Date(begin)}`)
    assert.ok(minute(timestamp) <= minute(end), `${new Date(timestamp)} ${new Date(end)}`)
  }
}

const isNear = (offset, expected) => Math.abs(offset - expected) <= 10_000

const OFFSETS = [
  ['three hours ahead', -3 * HOUR, 'about 3 hours ahead of'],
  ['three hours behind', 3 * HOUR, 'about 3 hours behind'],
  ['15 days behind', 15 * DAY, 'about 15 days behind'],
  ['15 days ahead', -15 * DAY, 'about 15 days ahead of'],
  ['an hour ahead', -HOUR, 'about 60 minutes ahead of'],
]

describe('a clock of the system that is', () => {
  for (const [name, offset, words] of OFFSETS) {
    for (const checksSignatures of [true, false]) {
      // CloudWatch accepts such a time if nothing else tells it.
      if (!checksSignatures && Math.abs(offset) < 2 * HOUR) continue
      const refused = checksSignatures ? 'signature' : 'time'
      // Without a look at signatures, a time in the last two weeks is accepted.
      if (!checksSignatures && offset === 3 * HOUR) continue
      test(`${name} costs nothing but the first attempt, refused for its ${refused}`, async () => {
        const cloudwatch = await cloudwatchAhead(offset, { checksSignatures })
        const begin = cloudwatch.now()
        const { stats, stderr } = await evaluate(
          `${RECORD} await hkm.flushHostedKeyMetrics(); ${RECORD}`,
          environment(cloudwatch.endpoint, CREDENTIALS)
        )
        assertArrived(cloudwatch, begin, { records: 2 })
        const { applied, possiblyDuplicated, dropped, requests, retries } = stats
        assert.deepEqual(
          { applied, possiblyDuplicated, rejected: dropped.rejected, requests, retries },
          { applied: 2, possiblyDuplicated: 0, rejected: 0, requests: 3, retries: 1 }
        )
        assert.ok(isNear(stats.clockOffsetMs, offset), String(stats.clockOffsetMs))
        const told = stderr
          .split('\n')
          .filter((line) => line.includes("The system's clock is about"))
        assert.equal(told.length, 1, stderr)
        assert.ok(told[0].includes(`The system's clock is ${words} CloudWatch's`), told[0])
        assert.ok(isNear(Date.parse(stats.lastSuccessAt), cloudwatch.now()))
      })
    }
  }

  test('30 seconds off is believed', async () => {
    const cloudwatch = await cloudwatchAhead(30_000)
    const { stats, stderr } = await evaluate(RECORD, environment(cloudwatch.endpoint, CREDENTIALS))
    assert.deepEqual(appliedRecords(cloudwatch), ARRIVED)
    assert.equal(stats.clockOffsetMs, 0)
    assert.equal(stderr, '')
  })
})

test('a Date of what is not AWS is not believed', async () => {
  const cloudwatch = await cloudwatchAhead(0)
  const headers = { date: new Date(Date.now() + DAY).toUTCString() }
  cloudwatch.setFault((index) =>
    index === 0 ? { meet: () => ({ status: 503, headers, body: Buffer.alloc(0) }) } : undefined
  )
  const begin = Date.now()
  const { stats } = await evaluate(RECORD, environment(cloudwatch.endpoint, CREDENTIALS))
  assertArrived(cloudwatch, begin)
  assert.equal(stats.clockOffsetMs, 0)
})

/** Records in a child whose clock is shifted by seconds, `play` changes that, and then the child flushes. */
async function recordShifted(cloudwatch, seconds, play, variables = CREDENTIALS) {
  const folder = mkdtempSync(join(tmpdir(), 'hkm-clock-'))
  const file = join(folder, 'shift')
  const shift = (seconds) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(seconds))
    // The file is shared memory of the child: it must not be truncated.
    writeFileSync(file, bytes, { flag: 'r+' })
  }
  try {
    writeFileSync(file, Buffer.alloc(4_096))
    shift(seconds)
    const { message, ended, child } = start('expression.mjs', {
      env: environment(cloudwatch.endpoint, {
        ...variables,
        LD_PRELOAD: await library('wall-clock'),
        WALL_CLOCK_FILE: file,
      }),
      args: [
        `${RECORD}
        const { once } = await import('node:events')
        process.send('recorded')
        await once(process, 'message')`,
      ],
    })
    assert.equal(await message(), 'recorded')
    const end = Date.now()
    await play(shift)
    child.send('go on')
    const { stats } = await message()
    const { stderr } = await ended
    return { stats, stderr, end }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Whole minutes: the minutes of the records begin where CloudWatch's do, and are not rounded. */
const TO_1970 = (1 - minute(Date.now())) * 60

describe("a system's clock that is set while records wait", {
  skip: process.platform !== 'linux',
}, () => {
  for (const [name, before, after] of [
    ['from 1970 to now', TO_1970, 0],
    ['from 20 days ahead to now', (20 * DAY) / 1_000, 0],
    ['from three hours behind to now', (-3 * HOUR) / 1_000, 0],
    ['from now to 20 days ahead', 0, (20 * DAY) / 1_000],
    ['from now to 1970', 0, TO_1970],
    ['from 1970 to three hours behind', TO_1970, (-3 * HOUR) / 1_000],
  ]) {
    test(name, async () => {
      const cloudwatch = await cloudwatchAhead(0)
      const begin = Date.now()
      const { stats, stderr, end } = await recordShifted(cloudwatch, before, (shift) =>
        shift(after)
      )
      assertArrived(cloudwatch, begin, { end })
      const { applied, possiblyDuplicated, buffered } = stats
      assert.deepEqual(
        { applied, possiblyDuplicated, buffered },
        { applied: 1, possiblyDuplicated: 0, buffered: 0 }
      )
      assert.equal(stats.requests, after === 0 ? 1 : 2)
      assert.ok(isNear(stats.clockOffsetMs, -after * 1_000), String(stats.clockOffsetMs))
      if (after === 0) assert.equal(stderr, '')
    })
  }
})

describe('credentials that the clock of the system takes for expired', () => {
  test('of a container are used if CloudWatch takes them', async () => {
    const cloudwatch = await cloudwatchAhead(-3 * HOUR)
    const container = await startContainerCredentials()
    opened.push(container)
    container.setLifetime(-2 * HOUR)
    const begin = cloudwatch.now()
    const { stats } = await evaluate(
      RECORD,
      environment(cloudwatch.endpoint, { AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri })
    )
    assertArrived(cloudwatch, begin)
    assert.equal(stats.possiblyDuplicated, 0)
    assert.equal(container.issued.length, 1)
  })
})
