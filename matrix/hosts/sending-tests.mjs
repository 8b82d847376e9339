// The tests of `runners/` in each runner. They record and flush nothing by themselves: where there are credentials, each
// record arrives once; where there are none, nothing is sent. The runner ends by itself, and tells of a test that failed.

import assert from 'node:assert/strict'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { wrongRecords } from '../../testkit/endings/arrivals.mjs'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { waysOf } from './runner-ways.mjs'

const FOLDER = new URL('./runners/', import.meta.url)
const PASSED = 6
/** By file, as `arrivals.mjs` reads it. */
const TOLD = { stdout: 'a 100\nb 100\nc 100\n' }

/** @returns {import('../hosts.mjs').Host} */
export const sendingTests = (name) =>
  async function* host({ runtime }) {
    const { told, ways } = waysOf(name, runtime)
    /** Runs the tests in one way. Returns how the runner ended, and which records did not arrive once. */
    async function play({ program, runtimeArgs, args }, variables) {
      const cloudwatch = await startLocalCloudWatch()
      try {
        const { code, stdout, stderr } = await start(new URL(program, FOLDER), {
          runtime: runtime.command,
          runtimeArgs,
          env: environment(cloudwatch.endpoint, { NO_COLOR: '1', ...variables }),
          args,
          cwd: FOLDER,
        }).ended
        const output = stdout + stderr
        const passed = Number(output.match(told)?.[1])
        const wrong = [...wrongRecords({}, TOLD, cloudwatch)]
        return { code, passed, output, wrong, requests: cloudwatch.requests.length }
      } finally {
        await cloudwatch.close()
      }
    }

    const plays = []
    for (const way of ways) plays.push({ way, ...(await play(way, CREDENTIALS)) })
    for (const { way, code, passed, output } of plays) {
      assert.deepEqual({ way, code, passed }, { way, code: 0, passed: PASSED }, output)
      assert.doesNotMatch(output, /hkm-native\]/)
      assert.deepEqual(handlesIn(output), way.handles ?? [])
    }
    yield 'loads'
    for (const { way, requests } of plays) assert.ok(requests > 0, `${way.args} sent nothing`)
    yield 'records'
    for (const { way, wrong } of plays) assert.deepEqual({ way, wrong }, { way, wrong: [] })
    yield 'flushes'

    for (const way of ways) {
      const off = await play(way, {})
      assert.deepEqual(handlesIn(off.output), [])
      assert.deepEqual(
        { way, code: off.code, passed: off.passed, requests: off.requests },
        { way, code: 0, passed: PASSED, requests: 0 }
      )
      const { code, passed, wrong } = await play(way, { ...CREDENTIALS, FAILING: 'b, second' })
      assert.deepEqual(
        { way, code, passed, wrong },
        { way, code: 1, passed: PASSED - 1, wrong: [] }
      )
    }
    yield 'ends clean'
  }

/** The names of the handles that jest takes for open: one line each, before an excerpt of the code. */
function handlesIn(output) {
  const [, list = ''] = output.split(/Jest has detected the following .*\n/)
  return [...list.matchAll(/^ {2}● {2}(\S+)$/gm)].map(([, name]) => name)
}
