/**
 * A service under a process manager. Each scenario is played with metrics off, and with metrics on: what the manager sees, says
 * and writes has to be the same, and the records of each run of the service have to arrive once.
 *
 * @typedef {object} Bed
 * @property {import('../hosts.mjs').Runtime} runtime
 * @property {string} folder an empty one
 * @property {Record<string, string>} env
 * @property {(program: URL, options?: object) => Pick<ReturnType<typeof start>, 'child' | 'ended' | 'until'>} start starts
 *   a program of the scenario in a process group of its own
 * @property {(count: number) => Promise<number[]>} runs waits until the service has run so often, and gives its process ids
 * @typedef {(bed: Bed) => Promise<object>} Scenario returns what is compared
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setInterval as every } from 'node:timers/promises'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'

const RECORDS = 1_000
const LOOK_EVERY_MS = 20

/** No scenario needs a third of it. */
const LONGEST_MS = 60_000

export const SERVICE = new URL('process-managers/service.mjs', import.meta.url)

/** @param {string} path */
export const installed = (path) => new URL(`process-managers/node_modules/${path}`, import.meta.url)

/**
 * @param {Scenario} scenario
 * @returns {import('../hosts.mjs').Host}
 */
export const managed = (scenario) =>
  async function* host({ runtime, cloudwatch }) {
    const bare = await play(scenario, runtime, cloudwatch, { HKM_ENABLED: 'false' })
    assert.equal(cloudwatch.requests.length, 0)
    const { seen, notes } = await play(scenario, runtime, cloudwatch)
    assert.ok(notes.every(({ state }) => state === 'on'))
    yield 'loads'
    assert.ok(notes.every(({ recorded }) => recorded === RECORDS))
    yield 'records'
    assertArrived(cloudwatch, notes)
    yield 'flushes'
    assert.deepEqual(seen, bare.seen)
    yield 'ends clean'
  }

async function play(scenario, runtime, cloudwatch, variables) {
  const folder = mkdtempSync(join(tmpdir(), 'hkm-managed-'))
  const journal = join(folder, 'journal')
  const notes = () =>
    readFileSync(journal, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  writeFileSync(journal, '')
  const env = environment(cloudwatch.endpoint, {
    ...CREDENTIALS,
    // Managers start what is first there, and keep their files at home.
    PATH: [dirname(runtime.command), process.env.PATH].join(delimiter),
    HOME: folder,
    JOURNAL: journal,
    NO_COLOR: '1',
    ...variables,
  })
  async function untilRuns(count) {
    for await (const _ of every(LOOK_EVERY_MS)) {
      if (notes().length >= count) return notes().map(({ pid }) => pid)
    }
  }
  const runs = (count) => soon(untilRuns(count), () => `${notes().length} runs of ${count}`)
  const pids = []
  function startInGroup(program, options) {
    const given = { runtime: runtime.command, env, cwd: folder, isGroup: true, ...options }
    const { child, ended, output, until } = start(program, given)
    pids.push(child.pid)
    return {
      child,
      ended: soon(ended, () => `${program} has not ended`),
      until: (isMet) => soon(until(isMet), () => `${program} wrote ${JSON.stringify(output)}`),
    }
  }
  try {
    const seen = await scenario({ runtime, folder, env, runs, start: startInGroup })
    return { seen, notes: notes() }
  } catch (error) {
    for (const pid of pids) kill(pid)
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Managers that hang, and services that outlive them, make the scenario fail. */
async function soon(promise, problem) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem())), LONGEST_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The whole group, unless nothing is left of it. */
function kill(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** A run that a change has ended before it could note its records has sent some of them. */
function assertArrived(cloudwatch, notes) {
  const arrived = new Map()
  for (const { dimensions, counts } of cloudwatch.applied()) {
    const run = dimensions.find(({ Name }) => Name === 'Tool').Value
    const sum = counts.reduce((sum, count) => sum + count, 0)
    arrived.set(run, (arrived.get(run) ?? 0) + sum)
  }
  for (const { pid } of notes) {
    assert.equal(arrived.get(`run-${pid}`), RECORDS, `of run ${pid}`)
    arrived.delete(`run-${pid}`)
  }
  for (const [run, count] of arrived) assert.ok(count <= RECORDS, `${count} of ${run}`)
}
