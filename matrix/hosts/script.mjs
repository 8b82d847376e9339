// A program that uses the installed package, and ends in each way that a program can.

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
 * Plays a program, whose argument is the ending. It records, flushes, writes a line of JSON, and records as much again: the `state`
 * of metrics, how many records were `recorded` and `applied`, and `isOne` if it loads the package in two ways. Yields the
 * columns of the table.
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
  const { isOne = true, state, recorded, applied } = JSON.parse(first.output.stdout.split('\n')[0])
  assert.deepEqual({ isOne, state }, { isOne: true, state: 'on' }, first.output.stderr)
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

/**
 * @param {() => URL} program called when it is played, because it may have been built just before
 * @returns {import('../hosts.mjs').Host}
 */
export const plays =
  (program) =>
  ({ runtime, cloudwatch }) =>
    endings({ runtime, cloudwatch, program: program() })

/** The program as it is written. */
export const script = plays(() => new URL('../fixtures/script.mjs', import.meta.url))
