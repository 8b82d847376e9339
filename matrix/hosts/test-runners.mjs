// The tests of `examples/testing` in each runner. They capture metrics: although there are credentials, nothing is sent.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'

const FOLDER = new URL('../../examples/testing/', import.meta.url)
const path = (name) => decodeURIComponent(new URL(name, FOLDER).pathname)
const PASSED = 5

/** Each way in which a runner keeps files apart: its arguments. `told` has the number of tests that passed. */
const RUNNERS = {
  vitest: {
    told: /Tests +(?:1 failed \| )?(\d+) passed/,
    ways: ['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) => ({
      program: 'node_modules/vitest/vitest.mjs',
      args: ['run', '--root', path('.'), '--pool', pool],
    })),
  },
  jest: {
    told: /Tests: +(?:1 failed, )?(\d+) passed/,
    ways: [[], ['--runInBand'], ['--workerThreads']].map((flags) => ({
      program: 'node_modules/jest/bin/jest.js',
      args: ['--rootDir', path('jest'), '--watchman=false', ...flags],
    })),
  },
  'node:test': {
    told: /pass (\d+)/,
    ways: [[], ['--experimental-test-isolation=none']].map((flags) => ({
      runtimeArgs: ['--test', '--test-reporter=tap', ...flags],
      program: 'node/isolation.test.js',
      args: [path('node/orders.test.js')],
    })),
  },
  'bun test': {
    told: /(\d+) pass/,
    ways: [
      {
        runtimeArgs: ['test'],
        program: 'bun/isolation.test.js',
        args: [path('bun/orders.test.js')],
      },
    ],
  },
}

/** @returns {import('../hosts.mjs').Host} */
export const testRunner = (name) =>
  async function* host({ runtime, cloudwatch }) {
    const { told, ways } = RUNNERS[name]
    const ran = ways.filter((way) => isKnown(runtime, way))
    async function play({ program, runtimeArgs, args }, extra) {
      const { code, stdout, stderr } = await start(new URL(program, FOLDER), {
        runtime: runtime.command,
        runtimeArgs,
        env: environment(cloudwatch.endpoint, { ...CREDENTIALS, NO_COLOR: '1', ...extra }),
        args,
      }).ended
      const output = stdout + stderr
      return { code, passed: Number(output.match(told)?.[1]), output }
    }

    for (const way of ran) {
      const { code, passed, output } = await play(way)
      assert.deepEqual({ way, code, passed }, { way, code: 0, passed: PASSED }, output)
      assert.doesNotMatch(output, /HostedKeyMetrics/)
    }
    yield 'loads'
    // That is what the tests look for.
    yield 'records'
    assert.equal(cloudwatch.requests.length, 0, 'nothing is sent')
    yield 'flushes'
    for (const way of ran) {
      const { code, passed } = await play(way, { FAILING: '1' })
      assert.deepEqual({ way, code, passed }, { way, code: 1, passed: PASSED - 1 })
    }
    yield 'ends clean'
  }

/** Node 20 runs each file in a process of its own, and no other way. */
function isKnown({ version }, { runtimeArgs = [] }) {
  return !(version.startsWith('20.') && runtimeArgs.join().includes('isolation'))
}
