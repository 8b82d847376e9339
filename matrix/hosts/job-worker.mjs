// The job worker of `examples/job-worker`, treated as job hosts treat it.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { road } from './road.mjs'

const WORKER = new URL('../../examples/job-worker/index.mjs', import.meta.url)
const CALLS = 100
/** Longer than an attempt of a request takes (5 s): all of its time passes unseen. */
const FROZEN_MS = 6_000
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 1_000

/** @type {import('../hosts.mjs').Host} */
export async function* jobWorker({ runtime, cloudwatch }) {
  const way = await road(cloudwatch.endpoint)
  const { child, ended, message } = start(WORKER, {
    runtime: runtime.command,
    env: environment(way.endpoint),
  })
  const runs = []
  let stats
  async function run(name, { environment, complete } = {}) {
    runs.push(name)
    const told = message()
    child.send({
      run: name,
      calls: CALLS,
      environment: { KEY_NAME: name, ...environment },
      complete,
    })
    const { ran, stats: latest } = await told
    assert.equal(ran, name)
    stats = latest
  }
  async function frozen(ms, meanwhile) {
    child.kill('SIGSTOP')
    meanwhile()
    await sleep(ms)
    child.kill('SIGCONT')
  }

  try {
    assert.equal(await message(), 'ready')
    // The credentials are those of the first run: the host takes its variables back after it.
    await run('warm-1', { environment: CREDENTIALS })
    assert.equal(stats.state, 'on')
    yield 'loads'
    await run('warm-2', { environment: { AWS_REGION: 'eu-north-1' } })
    assert.equal(stats.recorded, 2 * runs.length * CALLS)
    yield 'records'
    assertArrived(cloudwatch, runs)

    // Thawed with a socket that is cut.
    await frozen(100, way.cut)
    await run('thawed')
    assertArrived(cloudwatch, runs, stats.possiblyDuplicated)

    // Frozen as CloudWatch has applied a request and nobody has heard of it.
    const before = cloudwatch.requests.length
    let applied
    const isApplied = new Promise((resolve) => {
      applied = resolve
    })
    cloudwatch.setFault((index) => (index === 0 ? withheld(applied) : undefined))
    const ran = run('frozen in the air')
    await isApplied
    await frozen(FROZEN_MS, way.cut)
    await ran
    assert.ok(cloudwatch.requests.length >= before + 2, 'it was sent again')
    assert.ok(stats.possiblyDuplicated >= 2 * CALLS)
    assertArrived(cloudwatch, runs, stats.possiblyDuplicated)
    assert.equal(stats.applied, stats.recorded)
    yield 'flushes'

    await run('last', { complete: false })
    const { possiblyDuplicated } = stats
    child.kill('SIGTERM')
    const killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    const end = await ended
    clearTimeout(killing)
    assert.deepEqual(
      { code: end.code, signal: end.signal, stdout: end.stdout },
      { code: null, signal: 'SIGTERM', stdout: '' }
    )
    assertArrived(cloudwatch, runs, possiblyDuplicated)
    yield 'ends clean'
  } finally {
    child.kill('SIGKILL')
    way.close()
  }
}

/** Applies a request and never answers. */
const withheld = (applied) => ({
  meet(_exchange, proceed) {
    proceed()
    applied()
    return null
  },
})

/** Every call of every run is there, and no more are there twice than `atMostTwice`. */
function assertArrived(cloudwatch, runs, atMostTwice = 0) {
  const arrived = new Map()
  for (const { dimensions, metricName, values, counts } of cloudwatch.applied()) {
    const tool = dimensions.find(({ Name }) => Name === 'Tool').Value
    values.forEach((value, index) => {
      const record = `${tool} ${metricName} ${value}`
      arrived.set(record, (arrived.get(record) ?? 0) + counts[index])
    })
  }
  let expected = 0
  let present = 0
  const expect = (record, count) => {
    expected += count
    present += arrived.get(record) ?? 0
    assert.ok((arrived.get(record) ?? 0) >= count, `${record} is lost`)
    arrived.delete(record)
  }
  for (const run of runs) {
    expect(`${run} Used 1`, CALLS)
    for (let cost = 1; cost <= CALLS; cost++) expect(`${run} CostCharged ${cost}`, 1)
  }
  assert.deepEqual([...arrived.keys()], [], 'nothing else arrived')
  assert.ok(present - expected <= atMostTwice, `${present - expected} arrived twice`)
}
