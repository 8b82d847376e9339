/**
 * The matrix of kills: processes that record all the while, with a spool, are ended by SIGKILL at random moments, while CloudWatch
 * fails now and then. Those that start later deliver what they left. Prints a table, and exits with 1 if a record is missing, or if there
 * are more copies than the statistics call possible.
 *
 *   npm run matrix:kills [-- --kills N] [--seed N]
 *
 * `--kills` is how many processes of each runtime are killed (default: 500).
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { delay, hang, outOf, reset, status, throttle } from '@sim/local-cloudwatch/faults'
import { runtimes } from '../scripts/runtimes.mjs'
import { setup, statusLine } from '../scripts/setup.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { number, table } from '../testkit/report.mjs'
import { bursts } from '../testkit/spool/bursts.mjs'
import { mulberry32 } from '../testkit/workload/random.mjs'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
const kills = Number(options.kills)
if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills needs a whole number above 0')

/** How many processes live at a time. */
const AT_ONCE = 3
/** Milliseconds that a process lives, at most. */
const LONGEST_LIFE = 1_500
/** What goes wrong, one after the other. */
const FAULTS = [
  undefined,
  outOf(1, 3, status(503)),
  undefined,
  outOf(1, 4, reset({ when: 'after' })),
  outOf(1, 2, throttle()),
  outOf(1, 3, delay(300)),
  undefined,
  outOf(1, 5, hang()),
  outOf(1, 3, reset()),
]
/** Milliseconds that each of them lasts. */
const SPELL = 2_000

await setup()
process.stderr.write(`seed ${options.seed}\n`)
const rows = []
for (const runtime of runtimes().filter(({ name }) => isWanted(name)))
  rows.push(await play(runtime))
console.log(
  table(
    [
      'runtime',
      'kills',
      'records before the kill',
      'arrived',
      'copies',
      'of them possible',
      'files left',
      'verdict',
    ],
    rows.map(({ cells }) => cells)
  )
)
process.exitCode = rows.every(({ isRight }) => isRight) ? 0 : 1

function isWanted(name) {
  return process.env.HKM_RUNTIMES !== undefined || name === 'Node 24' || name === 'Bun 1.4'
}

/** Kills processes of a runtime, and compares what was made with what arrived. */
async function play(runtime) {
  const directory = mkdtempSync(join(tmpdir(), 'hkm-kills-'))
  const cloudwatch = await startLocalCloudWatch()
  const random = mulberry32(Number(options.seed))
  const env = environment(cloudwatch.endpoint, {
    ...CREDENTIALS,
    HKM_SPOOL_DIRECTORY: directory,
    HKM_FLUSH_INTERVAL_MS: '200',
  })
  const weather = changeFaults(cloudwatch)
  const killed = []
  let begun = 0
  const kill = async () => {
    while (begun < kills) {
      const [name, seed] = [`p${begun++}`, Math.floor(random() * 2 ** 31)]
      const life = start('killed.mjs', {
        env,
        runtime: runtime.command,
        args: [name, String(seed)],
      })
      await life.until(({ stdout }) => stdout.includes('\n'))
      await sleep(random() ** 2 * LONGEST_LIFE)
      life.child.kill('SIGKILL')
      const { stdout, signal, stderr } = await life.ended
      killed.push({ name, seed, last: lastLine(stdout), signal, stderr })
      statusLine(`${runtime.name}: ${killed.length} of ${kills}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, kill))
  await weather.end()
  const stats = await deliverRest(runtime, env)
  const result = judge({ runtime, killed, cloudwatch, stats, left: readdirSync(directory) })
  await cloudwatch.close()
  rmSync(directory, { recursive: true })
  return result
}

function changeFaults(cloudwatch) {
  const stop = new AbortController()
  const changed = (async () => {
    for (let index = 0; !stop.signal.aborted; index++) {
      cloudwatch.setFault(FAULTS[index % FAULTS.length])
      await sleep(SPELL, undefined, { signal: stop.signal }).catch(() => {})
    }
    cloudwatch.setFault(undefined)
  })()
  return {
    end() {
      stop.abort()
      return changed
    },
  }
}

/** The last line of a process that is whole: its bursts, its possible copies, and what was in flight. */
function lastLine(stdout) {
  const [ended, copies, inFlight] = stdout
    .slice(0, stdout.lastIndexOf('\n'))
    .split('\n')
    .at(-1)
    .split(' ')
  return { ended: Number(ended), copies: Number(copies), inFlight: Number(inFlight) }
}

/** Starts a last process, which adopts what the others left. Returns its statistics. */
async function deliverRest(runtime, env) {
  const life = start('adopting.mjs', { env, runtime: runtime.command })
  const { stats } = await life.message()
  await life.ended
  return stats
}

/** Returns how many records of each value a process made in a number of bursts, and the burst that it had begun. */
function recordsOf(seed, ended) {
  const made = new Map()
  for (const burst of bursts(seed)) {
    if (ended-- === 0) return { made, begun: burst }
    made.set(burst.value, (made.get(burst.value) ?? 0) + burst.size)
  }
}

function judge({ runtime, killed, cloudwatch, stats, left }) {
  const arrived = new Map()
  let [total, inAll] = [0, 0]
  for (const { dimensions, values, counts } of cloudwatch.applied()) {
    const name = dimensions.find(({ Name }) => Name === 'Process')?.Value
    values.forEach((value, index) => {
      if (name === undefined) {
        inAll += counts[index]
        return
      }
      total += counts[index]
      const of = arrived.get(name) ?? new Map()
      of.set(value, (of.get(value) ?? 0) + counts[index])
      arrived.set(name, of)
    })
  }
  let [records, copies, missing] = [0, 0, 0]
  for (const { name, seed, last } of killed) {
    const { made, begun } = recordsOf(seed, last.ended)
    const count = (value) => arrived.get(name)?.get(value) ?? 0
    for (const [value, wanted] of made) {
      records += wanted
      missing += Math.max(wanted - count(value), 0)
    }
    for (const [value, there] of arrived.get(name) ?? []) {
      const most = (made.get(value) ?? 0) + (begun.value === value ? begun.size : 0)
      copies += Math.max(there - most, 0)
    }
  }
  const possible =
    stats.possiblyDuplicated +
    killed.reduce((sum, { last }) => sum + last.copies + last.inFlight, 0)
  const wrong = [
    ...(missing > 0 ? [`${missing} missing`] : []),
    ...(copies > possible ? [`${copies} copies, and ${possible} possible`] : []),
    ...(Math.abs(inAll - total) > possible
      ? [`${inAll} in the roll-up, and ${total} in the series`]
      : []),
    ...(left.length > 0 ? [`${left.length} files left`] : []),
    ...killed
      .filter(({ signal }) => signal !== 'SIGKILL')
      .map(({ name, stderr }) => `${name} ended: ${stderr}`),
  ]
  return {
    isRight: wrong.length === 0,
    cells: [
      `${runtime.name} (${runtime.version})`,
      number(killed.length),
      number(records),
      number(total),
      number(copies),
      number(possible),
      number(left.length),
      wrong.join('; ') || 'right',
    ],
  }
}
