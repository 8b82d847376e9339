// Test runners: those whose tests send, and those whose tests look at what they recorded.

import { sendingTests } from '../sending-tests.mjs'
import { testRunner } from '../test-runners.mjs'
import { vitest } from '../vitest.mjs'

const isNode = ({ name }) => name.startsWith('Node')
const isBun = ({ name }) => name.startsWith('Bun')

/** @type {import('../../hosts.mjs').Group} */
export const ofTestRunners = ({ all, node24 }) => {
  const runtimesOf = {
    vitest: [node24],
    jest: [node24],
    mocha: [node24],
    'node:test': all.filter(isNode),
    'bun test': all.filter(isBun),
  }
  const rows = (names, row) =>
    names.flatMap((name) => runtimesOf[name].map((runtime) => ({ ...row(name), runtime })))
  return [
    { name: 'vitest, threads', runtime: node24, host: vitest, folder: 'examples/vitest/' },
    ...rows(Object.keys(runtimesOf), (name) => ({
      name: `sending in ${name}`,
      host: sendingTests(name),
      folder: 'matrix/hosts/runners/',
    })),
    ...rows(['vitest', 'jest', 'node:test', 'bun test'], (name) => ({
      name: `captured in ${name}`,
      host: testRunner(name),
      folder: 'examples/testing/',
    })),
  ]
}
