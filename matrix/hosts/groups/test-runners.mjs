// Test runners: one that sends, and those whose tests look at what they recorded.

import { testRunner } from '../test-runners.mjs'
import { vitest } from '../vitest.mjs'

/** @type {import('../../hosts.mjs').Group} */
export const ofTestRunners = ({ all, node24, bun }) => [
  { name: 'vitest, threads', runtime: node24, host: vitest, folder: 'examples/vitest/' },
  ...[
    ['vitest', [node24]],
    ['jest', [node24]],
    ['node:test', all.filter(({ name }) => name.startsWith('Node'))],
    ['bun test', [bun]],
  ].flatMap(([name, runtimes]) =>
    runtimes.map((runtime) => ({
      name: `captured in ${name}`,
      runtime,
      host: testRunner(name),
      folder: 'examples/testing/',
    }))
  ),
]
