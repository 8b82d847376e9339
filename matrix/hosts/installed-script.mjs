// Plays a script that uses the package: what it tells, and each of its ends. `fixtures/script.mjs` is such a script.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { points } from './points.mjs'

const RECORDS = 1_000

const ENDINGS = [
  { ending: 'natural', code: 0, signal: null },
  { ending: 'exit', code: 3, signal: null },
  { ending: 'throw', code: 1, signal: null },
  { ending: 'signal', code: null, signal: 'SIGTERM' },
]

/**
 * Yields the columns of the table.
 *
 * @param {object} given
 * @param {import('../hosts.mjs').Runtime} given.runtime
 * @param {import('@sim/local-cloudwatch').LocalCloudWatch} given.cloudwatch
 * @param {URL} given.program
 * @param {string[]} [given.args] of the runtime, before the program
 * @param {string} [given.cwd]
 */
export async function* endings({ runtime, cloudwatch, program, args = [], cwd }) {
  const env = environment(cloudwatch.endpoint, { ...CREDENTIALS, ...runtime.env })
  const runtimeArgs = [...(runtime.args ?? []), ...args]
  const begin = (ending) =>
    start(program, { runtime: runtime.command, runtimeArgs, env, args: [ending], cwd })

  const first = begin('natural')
  await first.until(({ stdout }) => stdout.includes('\n'))
  const { isOne, state, recorded, applied } = JSON.parse(first.output.stdout.split('\n')[0])
  assert.deepEqual({ isOne, state }, { isOne: true, state: 'on' })
  yield 'loads'
  assert.equal(recorded, RECORDS)
  yield 'records'
  assert.equal(applied, RECORDS)
  yield 'flushes'
  await first.ended

  for (const { ending, code, signal } of ENDINGS) {
    const before = points(cloudwatch)
    const { child, until, ended } = begin(ending)
    if (ending === 'signal') {
      await until(({ stdout }) => stdout.includes('recorded\n'))
      child.kill(signal)
    }
    const end = await ended
    assert.deepEqual({ ending, code: end.code, signal: end.signal }, { ending, code, signal })
    if (ending !== 'throw') assert.equal(end.stderr, '')
    assert.equal(points(cloudwatch) - before, 2 * RECORDS, ending)
  }
  yield 'ends clean'
}
