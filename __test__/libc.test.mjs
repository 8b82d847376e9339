// Where there is no /usr/bin/ldd, the package finds the binary for the C library of its process, asks no name server, starts no
// process, and leaves the settings of diagnostic reports as they were.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runtimes } from '../scripts/runtimes.mjs'
import { CREDENTIALS, environment, run } from '../testkit/harness.mjs'

const skip = process.platform !== 'linux'
const ENV = environment('http://127.0.0.1:9', { ...CREDENTIALS, HKM_SHUTDOWN_TIMEOUT_MS: '0' })
const NODES = runtimes().filter(({ name }) => name.startsWith('Node'))
const IS_MUSL = !process.report.getReport().header.glibcVersionRuntime

/** Runs a process without /usr/bin/ldd, and gives what it did and what it wrote to stderr. */
async function played(options, { name, command }) {
  const args = [JSON.stringify(options)]
  const { code, stdout, stderr } = await run('libc.cjs', { env: ENV, args, runtime: command })
  assert.equal(code, 0, `${name}: ${stderr}`)
  const { files, ...seen } = JSON.parse(stdout)
  assert.ok(files.includes('/usr/bin/ldd'), `${name} looked for ldd`)
  return { ...seen, stderr }
}

describe('without /usr/bin/ldd', { skip }, () => {
  test('the binary is loaded, and no report is made, on every runtime', async () => {
    for (const runtime of runtimes()) {
      const { reports, children, state, isSame } = await played({}, runtime)
      const expected = { reports: [], children: 0, state: 'on', isSame: true }
      assert.deepEqual({ reports, children, state, isSame }, expected, runtime.name)
    }
  })

  for (const excludeNetwork of [true, false]) {
    test(`process.report.excludeNetwork stays ${excludeNetwork}, also if memory cannot be looked at`, async () => {
      for (const runtime of NODES) {
        for (const [maps, reports] of [
          [undefined, []],
          // The report has nothing of the network, whatever is set.
          [null, [true]],
        ]) {
          const { stderr: _, ...seen } = await played({ maps, excludeNetwork }, runtime)
          const expected = { reports, children: 0, state: 'on', excludeNetwork, isSame: true }
          assert.deepEqual(seen, expected, runtime.name)
        }
      }
    })
  }

  for (const [what, report, excludeNetwork, reports] of [
    ['that is frozen', 'frozen', false, [true]],
    ['that is a frozen object of other code', 'a frozen copy', false, []],
    ['of a runtime that cannot leave the network out', 'a copy', undefined, []],
    ['that is missing', 'missing', undefined, []],
    ['that throws', 'throws', false, [true]],
  ]) {
    test(`a process.report ${what} does no harm where memory cannot be looked at`, async () => {
      for (const runtime of NODES) {
        const options = { maps: null, excludeNetwork, report }
        const { state, children, isSame, ...seen } = await played(options, runtime)
        // What is known of nothing is taken for glibc.
        assert.equal(state, IS_MUSL ? 'off' : 'on', runtime.name)
        assert.deepEqual([seen.reports, children, isSame], [reports, 0, true], runtime.name)
        if (report !== 'missing') {
          const expected = report === 'frozen' || excludeNetwork !== undefined ? false : undefined
          assert.equal(seen.excludeNetwork, expected, runtime.name)
        }
      }
    })
  }

  test('Bun, which has no such setting, makes no report if memory cannot be looked at', async () => {
    for (const runtime of runtimes().filter(({ name }) => name.startsWith('Bun'))) {
      const { reports, children } = await played({ maps: null }, runtime)
      assert.deepEqual({ reports, children }, { reports: [], children: 0 }, runtime.name)
    }
  })
})

/** By what the lines of /proc/self/maps end with: the C library. */
const FILES = {
  '/lib/ld-musl-x86_64.so.1': 'musl',
  '/lib/ld-musl-aarch64.so.1 (deleted)': 'musl',
  // Debian's musl, to which the name of the loader is a link.
  '/usr/lib/x86_64-linux-musl/libc.so': 'musl',
  '/lib/libc.musl-x86_64.so.1': 'musl',
  '/usr/lib/x86_64-linux-gnu/libc.so.6': 'gnu',
  '/usr/lib/x86_64-linux-gnu/libc.so.6 (deleted)': 'gnu',
  // Debian 10, with glibc 2.28.
  '/lib/x86_64-linux-gnu/libc-2.28.so': 'gnu',
  '/nix/store/00000000000000000000000000000000-glibc-2.40/lib/ld-linux-x86-64.so.2': 'gnu',
  // Programs that have the name of a C library in their path.
  '/opt/ld-musl-tools/node\n7f00-7f01 r-xp 00000000 08:01 42 /lib/libc.so.6': 'gnu',
}

describe('by what the process has in memory', { skip }, () => {
  for (const [file, libc] of Object.entries(FILES)) {
    test(`${file.replace(/\n.* /, ' and ')} is of ${libc}`, async () => {
      const maps = `00400000-00401000 r-xp 00000000 08:01 41 /usr/bin/node\n7f00-7f01 r-xp 00000000 08:01 42 ${file}\n7ff0-7ff1 rw-p 00000000 00:00 0 [stack]\n`
      const { reports, children, state, stderr } = await played({ maps }, runtimes()[0])
      assert.deepEqual([reports, children], [[], 0])
      const isOwn = libc === (IS_MUSL ? 'musl' : 'gnu')
      assert.equal(state, isOwn ? 'on' : 'off')
      if (!isOwn) assert.match(stderr, new RegExp(`-${process.arch}-${libc}\\b`))
    })
  }
})
