// A script that uses the installed package, and ends in each way that a script can.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'
import { points } from './points.mjs'

const SCRIPT = new URL('../fixtures/script.mjs', import.meta.url)
const RECORDS = 1_000

const ENDINGS = [
  { ending: 'natural', code: 0, signal: null },
  { ending: 'exit', code: 3, signal: null },
  { ending: 'throw', code: 1, signal: null },
  { ending: 'signal', code: null, signal: 'SIGTERM' },
]

/** @type {import('../hosts.mjs').Host} */
export async function* script({ runtime, cloudwatch }) {
  const { command, args, env } = runtime
  function begin(ending) {
    const variables = environment(cloudwatch.endpoint, { ...CREDENTIALS, ...env })
    return start(SCRIPT, { runtime: command, runtimeArgs: args, env: variables, args: [ending] })
  }
  const told = async ({ ended, output, child }) => {
    const isTold = () => output.stdout.includes('\n')
    while (!isTold() && child.exitCode === null) await new Promise(setImmediate)
    if (!isTold()) throw new Error((await ended).stderr)
    return JSON.parse(output.stdout.split('\n')[0])
  }

  const first = begin('natural')
  const { isOne, state, recorded, applied } = await told(first)
  assert.deepEqual({ isOne, state }, { isOne: true, state: 'on' })
  yield 'loads'
  assert.equal(recorded, RECORDS)
  yield 'records'
  assert.equal(applied, RECORDS)
  yield 'flushes'
  await first.ended

  for (const { ending, code, signal } of ENDINGS) {
    const before = points(cloudwatch)
    const process = begin(ending)
    if (ending === 'signal') {
      while (!process.output.stdout.includes('recorded\n')) await new Promise(setImmediate)
      process.child.kill(signal)
    }
    const end = await process.ended
    assert.deepEqual({ ending, code: end.code, signal: end.signal }, { ending, code, signal })
    if (ending !== 'throw') assert.equal(end.stderr, '')
    assert.equal(points(cloudwatch) - before, 2 * RECORDS, ending)
  }
  yield 'ends clean'
}
