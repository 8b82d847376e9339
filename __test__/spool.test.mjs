// Records that are kept in files of a directory: those of processes that were killed arrive by the next one, each once, as if the
// killed process had delivered them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { status } from '@sim/local-cloudwatch/faults'
import { library } from '../testkit/addons/libraries.mjs'
import { installCopies } from '../testkit/copies/installations.mjs'
import { appliedRecords, start } from '../testkit/harness.mjs'
import { limitMemory } from '../testkit/spool/memory-limit.mjs'
import {
  assertBalanced,
  assertQuiet,
  countsOf,
  die,
  filesOf,
  LINE_OF_OWN,
  MINUTE,
  ON_LINUX,
  OWN,
  openBed,
  playAdopter,
  playKilled,
  SKIPPED,
  startHanging,
  until,
  variables,
} from '../testkit/spool/processes.mjs'

/** How many records a process makes between two lines about them. */
const BURST = 100

/** Metrics of a program, with all that a definition can say. */
const DEFINE = `
  const { defineMetrics, counter, distribution, gauge } = hkm
  const shop = defineMetrics({
    namespace: 'Shop',
    defaultDimensions: { Service: 'till' },
    metrics: {
      orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
      latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
      depth: gauge({ unit: 'Count' }),
    },
  })
  const fine = defineMetrics({
    namespace: 'Fine',
    storageResolution: 1,
    metrics: { ticks: counter({ dimensions: ['region'] }) },
  })`
const RECORD_ALL = `${DEFINE}
  m.recordUsed({ provider: 'p', tool: 't', key: 'K' })
  m.recordQueueWait(12.5, { provider: 'p' })
  for (const plan of ['free', 'pro', 'pro']) shop.orders.add(2, { region: 'eu', plan })
  shop.latency.record(7, { region: 'eu' })
  shop.depth.set(3)
  fine.ticks.add(1, { region: 'eu' })`

/** What CloudWatch has of them, without when. */
const ALL = (environment) =>
  [
    [`Used Count {Environment=${environment},Provider=p,Tool=t,Key=K} 1`],
    [`QueueWaitDuration Milliseconds {Environment=${environment},Provider=p} 12.5`],
    [`Orders Count {Environment=${environment},Service=till,Region=eu,Plan=free} 2`],
    Array(2).fill(`Orders Count {Environment=${environment},Service=till,Region=eu,Plan=pro} 2`),
    Array(3).fill(`Orders Count {Environment=${environment},Service=till,Region=eu} 2`),
    Array(3).fill(`Orders Count {Environment=${environment},Service=till} 2`),
    [`Latency Milliseconds {Environment=${environment},Service=till,Region=eu} 7`],
    [`Depth Count {Environment=${environment},Service=till} 3`],
    [`Ticks Count {Environment=${environment},Region=eu} 1`],
  ]
    .flat()
    .sort()
const LINES = 8

/** By how much the clock of an adopter is ahead: what it makes itself is of another minute. */
const AHEAD_MS = 3 * MINUTE

/** The records of a CloudWatch but those of an adopter itself. */
const adoptedRecords = (cloudwatch) =>
  appliedRecords(cloudwatch).filter((line) => !line.includes('Provider=own'))

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Runs an adopter whose clock is ahead. */
async function playLater(bed, options = {}) {
  const file = join(bed.root, 'clock')
  const shift = Buffer.alloc(4_096)
  shift.writeBigInt64LE(BigInt(AHEAD_MS / 1_000))
  writeFileSync(file, shift)
  return playAdopter(bed, {
    ...options,
    env: { ...options.env, LD_PRELOAD: await library('wall-clock'), WALL_CLOCK_FILE: file },
  })
}

describe(
  'what was recorded just before the end arrives by the next process, once, with its minute',
  SKIPPED,
  () => {
    for (const signal of ['SIGKILL', 'SIGSEGV']) {
      for (const environment of ['test', 'other']) {
        test(`after ${signal}, in the environment ${environment}`, async (t) => {
          const isLater = process.platform === 'linux'
          const bed = await openBed(t, { aheadMs: isLater ? AHEAD_MS : 0 })
          const killed = await playKilled(bed, RECORD_ALL, {
            signal,
            env: { HKM_ENVIRONMENT: environment },
          })
          assert.equal(filesOf(bed.directory).length, 1)
          const adopter = await (isLater ? playLater(bed) : playAdopter(bed))
          assertQuiet(adopter)
          assertBalanced(adopter.stats)
          const { spool, possiblyDuplicated } = adopter.stats
          assert.deepEqual(spool, {
            directory: bed.directory,
            adopted: LINES,
            adoptedFiles: 1,
            setAside: 0,
            dropped: 0,
            overflows: 0,
          })
          assert.equal(possiblyDuplicated, 0)
          assert.deepEqual(adoptedRecords(bed.cloudwatch), ALL(environment))
          for (const {
            namespace,
            timestamp,
            dimensions,
            storageResolution,
          } of bed.cloudwatch.applied()) {
            if (dimensions.some(({ Value }) => Value === 'own')) continue
            assert.equal(storageResolution === 1, namespace === 'Fine')
            const minute = Math.floor(timestamp / MINUTE) * MINUTE
            assert.ok(minute >= killed.began && minute <= killed.ended, `${new Date(timestamp)}`)
          }
          assert.deepEqual(readdirSync(bed.directory), [])
        })
      }
    }
  }
)

for (const [what, isIdle] of [
  ['that recorded nothing for a while', true],
  ['that records all the time', false],
]) {
  test(
    `the last records of a process ${what} are of the minute in which they were made`,
    ON_LINUX,
    async (t) => {
      // Memory, where a file does not tell when it was written by way of a mapping.
      const bed = await openBed(t, { below: '/dev/shm' })
      const minute = (time) => Math.floor(time / MINUTE) * MINUTE
      const { ended } = start('expression.mjs', {
        env: variables(bed),
        args: [
          `m.recordUsed({ provider: 'first' })
        await hkm.flushMetrics()
        const minute = () => Math.floor(Date.now() / ${MINUTE})
        const began = minute()
        while (minute() === began) {
          ${isIdle ? '' : "m.recordUsed({ provider: 'busy' })"}
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
        process._rawDebug(String(Date.now()))
        for (let index = 0; index < 3; index++) {
          m.recordUsed({ provider: 'late' })
        }
        ${die()}`,
        ],
      })
      const made = Number((await ended).stderr)
      await playAdopter(bed)
      const late = bed.cloudwatch
        .applied()
        .filter(({ dimensions }) => dimensions.some(({ Value }) => Value === 'late'))
      assert.deepEqual(
        late.map(({ timestamp, counts }) => [new Date(timestamp), counts]),
        [[new Date(minute(made)), [3]]]
      )
    }
  )
}

test(
  'what a process recorded that the kernel kills for its use of memory arrives, each record once',
  ON_LINUX,
  async (t) => {
    const group = limitMemory(t, 300_000_000)
    if (group === undefined) return t.skip('this machine lets no memory be limited')
    const bed = await openBed(t)
    const { ended } = start('expression.mjs', {
      env: variables(bed, { HKM_FLUSH_INTERVAL_MS: '3600000' }),
      args: [
        `const { writeFileSync, writeSync } = await import('node:fs')
      writeFileSync(${JSON.stringify(group)}, String(process.pid))
      const held = []
      for (let made = 0; held.length < 1_000; ) {
        for (let record = 0; record < ${BURST}; record++) m.recordUsed({ provider: 'left' })
        made += ${BURST}
        writeSync(1, made + '\\n')
        held.push(Buffer.alloc(1_000_000, 1))
      }`,
      ],
    })
    const { signal, stdout } = await ended
    assert.equal(signal, 'SIGKILL')
    const made = Number(stdout.trim().split('\n').at(-1))
    assert.ok(made > 0)
    const { stats } = await playAdopter(bed)
    assertBalanced(stats)
    const { [LINE_OF_OWN]: own, ...left } = countsOf(bed.cloudwatch)
    assert.equal(own, 1)
    const [count, ...others] = Object.values(left)
    assert.deepEqual(others, [])
    // It can have been killed in a burst.
    assert.ok(count >= made && count <= made + BURST, `${count} arrived, ${made} were told`)
    assert.equal(stats.possiblyDuplicated, 0)
  }
)

test(
  'what a process recorded before its program was replaced arrives by the new one',
  ON_LINUX,
  async (t) => {
    const bed = await openBed(t)
    const addon = JSON.stringify(await library('replace'))
    const { ended } = start('expression.mjs', {
      env: variables(bed, { HKM_FLUSH_INTERVAL_MS: '3600000' }),
      args: [
        `if (process.env.REPLACED) {
          ${OWN}
          ${until('spool.adoptedFiles === 1 && files.length === 1')}
          await hkm.flushMetrics()
          process.exit()
        }
        ${RECORD_ALL}
        process.dlopen({ exports: {} }, ${addon})`,
      ],
    })
    assertQuiet(await ended)
    assert.deepEqual(adoptedRecords(bed.cloudwatch), ALL('test'))
    assert.deepEqual(readdirSync(bed.directory), [])
  }
)

describe('records in flight at the end', SKIPPED, () => {
  const FLUSHED = `${RECORD_ALL}\nhkm.flushMetrics()`

  test('that CloudWatch never answered for arrive, and count as possibly duplicated', async (t) => {
    const bed = await openBed(t)
    const hanging = await startHanging(t)
    const child = start('expression.mjs', {
      env: variables({ ...bed, endpoint: hanging.endpoint }),
      args: [`${FLUSHED}\nsetInterval(() => {}, 1e5); await new Promise(() => {})`],
    })
    while (hanging.requests.length === 0) await new Promise(setImmediate)
    child.child.kill('SIGKILL')
    await child.ended
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assertBalanced(adopter.stats)
    assert.deepEqual(adoptedRecords(bed.cloudwatch), ALL('test'))
    // Each namespace is a request of its own, and not all of them have to be on the way.
    assert.ok(adopter.stats.possiblyDuplicated > 0)
    assert.ok(adopter.stats.possiblyDuplicated <= LINES)
  })

  test('whose answer is lost arrive at most twice, and the copies are counted', async (t) => {
    const bed = await openBed(t)
    bed.cloudwatch.setFault(status(503, { when: 'after' }))
    const child = start('expression.mjs', {
      env: variables(bed),
      args: [`${FLUSHED}\nsetInterval(() => {}, 1e5); await new Promise(() => {})`],
    })
    while (bed.cloudwatch.applied().length === 0) await new Promise(setImmediate)
    child.child.kill('SIGKILL')
    await child.ended
    bed.cloudwatch.setFault(undefined)
    const before = total(countsOf(bed.cloudwatch))
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assertBalanced(adopter.stats)
    const records = adoptedRecords(bed.cloudwatch)
    const wanted = ALL('test')
    for (const line of new Set(wanted)) {
      const count = (lines) => lines.filter((other) => other === line).length
      assert.ok(count(records) >= count(wanted), line)
    }
    const { rollups, possiblyDuplicated } = adopter.stats
    assert.ok(before > 0)
    const copies = records.length - wanted.length
    const bound = possiblyDuplicated + rollups.possiblyDuplicated
    assert.ok(copies <= bound, `${copies} copies, ${bound} counted, ${before} arrived before`)
  })

  test('and applied in time arrive once', async (t) => {
    const bed = await openBed(t)
    await playKilled(bed, `${RECORD_ALL}\nawait hkm.flushMetrics()`)
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assert.equal(adopter.stats.possiblyDuplicated, 0)
    assert.deepEqual(adoptedRecords(bed.cloudwatch), ALL('test'))
  })
})

describe('records of more than one thread, copy or process', SKIPPED, () => {
  test('workers of a killed process', async (t) => {
    const bed = await openBed(t)
    const code = `
      import { parentPort } from 'node:worker_threads'
      import { hostedKeyMetrics } from ${JSON.stringify(new URL('../index.js', import.meta.url).href)}
      for (let i = 0; i < 30; i++) hostedKeyMetrics.recordUsed({ provider: 'worker' })
      parentPort.postMessage('recorded')
      setInterval(() => {}, 60_000)`
    const url = `data:text/javascript,${encodeURIComponent(code)}`
    await playKilled(
      bed,
      `const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      const { writeFileSync } = await import('node:fs')
      writeFileSync(${JSON.stringify(join(bed.root, 'worker.mjs'))}, decodeURIComponent(${JSON.stringify(url.slice(21))}))
      m.recordUsed({ provider: 'main' })
      const workers = [1, 2, 3, 4].map(() => new Worker(${JSON.stringify(join(bed.root, 'worker.mjs'))}))
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      m.recordUsed({ provider: 'main' })`
    )
    assertQuiet(await playAdopter(bed))
    assert.deepEqual(countsOf(bed.cloudwatch), {
      [LINE_OF_OWN]: 1,
      'Used Environment=test,Provider=main': 2,
      'Used Environment=test,Provider=worker': 120,
    })
  })

  test('copies of the package, also one that shares no state with the others', async (t) => {
    const bed = await openBed(t)
    const installations = await installCopies()
    t.after(() => installations.remove())
    const { ended } = start('copies-expression.mjs', {
      env: variables(bed),
      args: [
        JSON.stringify(installations),
        `for (const [index, folder] of [at.installed, at.installed, at.compatible, at.incompatible].entries()) {
          copy(folder).hostedKeyMetrics.recordUsed({ provider: 'copy-' + index })
        }
        ${die()}`,
      ],
    })
    assert.equal((await ended).signal, 'SIGKILL')
    assert.equal(filesOf(bed.directory).length, 2)
    assertQuiet(await playAdopter(bed))
    const once = [0, 1, 2, 3].map((index) => [`Used Environment=test,Provider=copy-${index}`, 1])
    assert.deepEqual(countsOf(bed.cloudwatch), { ...Object.fromEntries(once), [LINE_OF_OWN]: 1 })
  })

  test('a cluster whose workers share the directory, one of which is killed', async (t) => {
    const bed = await openBed(t)
    const program = join(bed.root, 'cluster.mjs')
    writeFileSync(
      program,
      `import cluster from 'node:cluster'
      import { once } from 'node:events'
      import { hostedKeyMetrics } from ${JSON.stringify(new URL('../index.js', import.meta.url).href)}
      if (cluster.isPrimary) {
        hostedKeyMetrics.recordUsed({ provider: 'primary' })
        const workers = [cluster.fork(), cluster.fork(), cluster.fork()]
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        const ended = workers.map((worker) => once(worker, 'exit'))
        workers[0].process.kill('SIGKILL')
        workers[1].disconnect()
        workers[2].disconnect()
        await Promise.all(ended)
        process.disconnect()
      } else {
        for (let i = 0; i < 10; i++) hostedKeyMetrics.recordUsed({ provider: 'worker-' + cluster.worker.id })
        process.send('recorded')
      }`
    )
    const { ended } = start(new URL(`file://${program}`), { env: variables(bed) })
    assertQuiet(await ended)
    assert.equal(filesOf(bed.directory).length, 1)
    assertQuiet(await playAdopter(bed))
    assert.deepEqual(countsOf(bed.cloudwatch), {
      [LINE_OF_OWN]: 1,
      'Used Environment=test,Provider=primary': 1,
      ...Object.fromEntries(
        [1, 2, 3].map((id) => [`Used Environment=test,Provider=worker-${id}`, 10])
      ),
    })
  })

  test('a process that lives is left alone, and what it leaves is adopted by a third one', async (t) => {
    const bed = await openBed(t)
    const stays = `await new Promise((resolve) => process.send('recorded', resolve))
      await new Promise(() => setInterval(() => {}, 60_000))`
    const hanging = await startHanging(t)
    const first = start('expression.mjs', {
      env: variables({ ...bed, endpoint: hanging.endpoint }),
      args: [`m.recordUsed({ provider: 'first' })\n${stays}`],
    })
    t.after(() => first.child.kill('SIGKILL'))
    await first.message()
    // The file of a process that is gone shows that the second one has looked.
    await playKilled({ ...bed, endpoint: hanging.endpoint }, "m.recordUsed({ provider: 'gone' })")
    assertQuiet(await playAdopter(bed, { condition: 'spool.adoptedFiles === 1' }))
    assert.deepEqual(countsOf(bed.cloudwatch), {
      [LINE_OF_OWN]: 1,
      'Used Environment=test,Provider=gone': 1,
    })
    first.child.kill('SIGKILL')
    await first.ended
    assertQuiet(await playAdopter(bed))
    assert.equal(countsOf(bed.cloudwatch)['Used Environment=test,Provider=first'], 1)
    assert.deepEqual(readdirSync(bed.directory), [])
  })
})

describe('files', SKIPPED, () => {
  test('are made by no process without the option', async (t) => {
    const bed = await openBed(t)
    const cwd = mkdtempSync(join(bed.root, 'cwd-'))
    const temporary = join(bed.root, 'tmp')
    mkdirSync(temporary)
    const env = { HKM_SPOOL_DIRECTORY: undefined, TMPDIR: temporary, HOME: cwd }
    const { ended, message } = start('expression.mjs', {
      env: variables(bed, env),
      args: [RECORD_ALL],
      cwd,
    })
    assert.equal((await message()).stats.spool, undefined)
    assertQuiet(await ended)
    const found = [cwd, temporary, bed.directory].flatMap((path) => readdirSync(path))
    // Bun has a folder of its own.
    assert.deepEqual(
      found.filter((name) => name !== '.bun'),
      []
    )
  })

  for (const umask of ['0', '0o777']) {
    test(`are for their user alone, with the umask ${umask}`, async (t) => {
      const bed = await openBed(t)
      await playKilled(bed, `process.umask(${umask})\n${OWN}`)
      const [name] = filesOf(bed.directory)
      assert.equal(statSync(join(bed.directory, name)).mode & 0o7777, 0o600)
    })
  }

  for (const [how, statements] of [
    ['naturally', OWN],
    ['by process.exit', `${OWN}\nprocess.exit()`],
    ['after a flush', `${OWN}\nawait hkm.flushMetrics()`],
    ['and records in a listener of exit', `process.on('exit', () => { ${OWN} })\n${OWN}`],
  ]) {
    test(`are gone when a process ends ${how} with all delivered`, async (t) => {
      const bed = await openBed(t)
      assertQuiet(await start('expression.mjs', { env: variables(bed), args: [statements] }).ended)
      assert.deepEqual(readdirSync(bed.directory), [])
    })
  }

  test('are gone or empty of records when SIGTERM ends a process with all delivered', async (t) => {
    const bed = await openBed(t)
    const { child, ended, message } = start('expression.mjs', {
      env: variables(bed),
      args: [
        `${OWN}\nprocess.send('recorded'); await new Promise(() => setInterval(() => {}, 60_000))`,
      ],
    })
    await message()
    child.kill('SIGTERM')
    assert.equal((await ended).signal, 'SIGTERM')
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assert.equal(adopter.stats.spool.adopted, 0)
    assert.deepEqual(countsOf(bed.cloudwatch), { [LINE_OF_OWN]: 2 })
  })

  test('stay when a process ends while CloudWatch is down, and the next process delivers', async (t) => {
    const bed = await openBed(t)
    const hanging = await startLocalCloudWatch()
    await hanging.close()
    const { ended } = start('expression.mjs', {
      env: variables({ ...bed, endpoint: hanging.endpoint }, { HKM_SHUTDOWN_TIMEOUT_MS: '300' }),
      args: [`${RECORD_ALL}\nprocess.exit()`],
    })
    const { code, stderr } = await ended
    assert.equal(code, 0)
    assert.equal(filesOf(bed.directory).length, 1)
    // They are not lost: the next process delivers them.
    assert.doesNotMatch(stderr, /were lost/)
    const adopter = await playAdopter(bed)
    assertQuiet(adopter)
    assert.deepEqual(adoptedRecords(bed.cloudwatch), ALL('test'))
  })
})
