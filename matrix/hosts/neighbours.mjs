// A library of other people in the same process, which handles signals and exits, or patches modules. However the process
// ends, it ends as without the package, the library has cleaned up, and each record arrives once.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { wrongRecords } from '../../testkit/endings/arrivals.mjs'
import { runChild } from '../../testkit/endings/child.mjs'
import { send } from '../../testkit/endings/drives.mjs'
import { wrongEnd } from '../../testkit/endings/verdict.mjs'
import { NEIGHBOURS } from './neighbour-list.mjs'
import { startSink } from './sink.mjs'

const PROGRAM = new URL('./neighbours/program.mjs', import.meta.url)
const RECORDS = 200

const ENDINGS = [
  { title: 'natural', args: ['natural'] },
  { title: 'exit', args: ['exit'] },
  { title: 'throw', args: ['throw'] },
  ...['SIGTERM', 'SIGINT'].map((signal) => ({
    title: signal,
    args: ['signal'],
    drive: send(signal),
  })),
]

/** @returns {import('../hosts.mjs').Host} */
export const neighbour = (name) =>
  async function* host({ runtime }) {
    const { comparable } = NEIGHBOURS[name]
    let stats
    const drive = async ({ message }) => {
      stats = await message()
    }
    await play(name, runtime, { args: ['stats'], drive })
    assert.equal(stats?.state, 'on')
    yield 'loads'
    assert.equal(stats.recorded, RECORDS)
    yield 'records'
    assert.equal(stats.applied, RECORDS)
    yield 'flushes'

    for (const { title, ...ending } of ENDINGS) {
      const [bare, end] = await Promise.all(
        [{ HKM_ENABLED: 'false' }, undefined].map((extra) => play(name, runtime, ending, extra))
      )
      const problems = [...wrongEnd({ isAsBare: true, comparable }, end, bare), ...end.problems]
      assert.deepEqual([...problems, ...bare.problems], [], title)
      assert.deepEqual(end.left, bare.left, title)
      // On Bun, signal-exit misses some ends by itself.
      if (runtime.name.startsWith('Node')) assert.deepEqual(bare.left, [], title)
    }
    yield 'ends clean'
  }

/** Plays an ending. Returns how it ended, what is wrong with its records, and what the neighbour has left. */
async function play(name, runtime, { args, drive }, extra) {
  const { preload = [], env = () => ({}), wrongCleanUp = () => [] } = NEIGHBOURS[name]
  const cloudwatch = await startLocalCloudWatch()
  const sink = await startSink()
  const folder = mkdtempSync(join(tmpdir(), 'hkm-neighbour-'))
  const file = join(folder, 'file')
  const ending = {
    program: PROGRAM,
    runtimeArgs: preload,
    args: [name, ...args],
    env: { NEIGHBOUR_FILE: file, NEIGHBOUR_SINK: sink.url, ...env(sink.url) },
    drive,
  }
  try {
    const end = await runChild(ending, runtime, cloudwatch, extra)
    const isOff = extra !== undefined
    const problems = isOff ? wrongRequests(cloudwatch) : [...wrongRecords({}, end, cloudwatch)]
    return {
      ...end,
      problems,
      left: await wrongCleanUp({ ...end, file, how: args[0], paths: sink.paths }),
    }
  } finally {
    rmSync(folder, { recursive: true })
    sink.close()
    await cloudwatch.close()
  }
}

const wrongRequests = ({ requests }) =>
  requests.length > 0 ? ['something was sent with metrics off'] : []
