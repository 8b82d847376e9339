// The runners that play the tests of `runners/`, and each way in which they keep files apart or end.

import { fileURLToPath } from 'node:url'

const FOLDER = new URL('./runners/', import.meta.url)
const path = (name) => fileURLToPath(new URL(name, FOLDER))
const FILES = ['a', 'b', 'c'].map((name) => path(`commonjs/${name}.test.cjs`))

/** The function by which the native side calls JavaScript. It keeps no process alive, and jest cannot see that. */
const CALLBACK = 'napi_rs_threadsafe_function'

/** `told` has the number of tests that passed, `handles` what a runner takes for open handles where something is sent. */
const RUNNERS = {
  vitest: {
    told: /Tests +(?:1 failed \| )?(\d+) passed/,
    ways: ['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) => ({
      program: 'node_modules/vitest/vitest.mjs',
      args: ['run', '--dir', path('modules'), '--pool', pool],
    })),
  },
  jest: {
    told: /Tests: +(?:1 failed, )?(\d+) passed/,
    ways: [
      ['--maxWorkers=2'],
      ['--maxWorkers=2', '--workerThreads'],
      ['--maxWorkers=2', '--resetModules'],
      ['--runInBand', '--resetModules'],
      ['--detectOpenHandles'],
    ].map((flags) => ({
      program: 'node_modules/jest/bin/jest.js',
      args: ['--rootDir', path('commonjs'), '--watchman=false', ...flags],
      handles: flags.includes('--detectOpenHandles') ? [CALLBACK] : [],
    })),
  },
  mocha: {
    told: /(\d+) passing/,
    ways: [[], ['--exit'], ['--parallel'], ['--parallel', '--exit']].map((flags) => ({
      program: 'node_modules/mocha/bin/mocha.js',
      args: ['--jobs=2', ...flags, ...FILES],
    })),
  },
  'node:test': {
    told: /pass (\d+)/,
    ways: [[], ['--experimental-test-isolation=none']].map((flags) => ({
      runtimeArgs: ['--test', '--test-reporter=tap', ...flags],
      program: 'commonjs/a.test.cjs',
      args: FILES.slice(1),
    })),
  },
  'bun test': {
    told: /(\d+) pass/,
    ways: [{ runtimeArgs: ['test'], program: 'commonjs/a.test.cjs', args: FILES.slice(1) }],
  },
}

/** Node 20 runs each file in a process of its own, and no other way. */
export function waysOf(name, { version }) {
  const { told, ways } = RUNNERS[name]
  const isKnown = ({ runtimeArgs = [] }) =>
    !(version.startsWith('20.') && runtimeArgs.join().includes('isolation'))
  return { told, ways: ways.filter(isKnown) }
}
