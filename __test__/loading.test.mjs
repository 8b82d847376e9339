// Importing does nothing, and a binary that does not load takes nothing down.

import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CREDENTIALS, environment, evaluate, run, start } from '../testkit/harness.mjs'
import { NEEDS_PROC } from '../testkit/platform.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NOWHERE = 'http://127.0.0.1:9'

for (const way of ['import', 'require']) {
  test(
    `${way} starts no thread, installs no handler, opens no file and reads no variable`,
    NEEDS_PROC,
    async () => {
      const { ended, message } = start('side-effects.cjs', {
        env: environment(NOWHERE, CREDENTIALS),
        args: [way],
      })
      const { before, after, reads, readsOfLoader, recorded } = await message()
      assert.deepEqual(after, before)
      assert.deepEqual(reads, readsOfLoader)
      // The same probes do see what the first record does.
      assert.ok(recorded.threads > before.threads)
      assert.ok(recorded.listeners > before.listeners)
      assert.equal(recorded.isNativeLoaded, true)
      assert.equal((await ended).signal, 'SIGKILL')
    }
  )
}

test('a process that is switched off does not load the binary', NEEDS_PROC, async () => {
  // That the same look sees a binary that is loaded is shown above.
  const { result, stats } = await evaluate(
    `const { readFileSync } = await import('node:fs')
     m.recordUsed({ provider: 'p' })
     hkm.hostedKeyMetricsStats()
     return /hkm-native.*\\.node/.test(readFileSync('/proc/self/maps', 'utf8'))`,
    environment(NOWHERE, { ...CREDENTIALS, HKM_ENABLED: 'false' })
  )
  assert.equal(stats.state, 'off')
  assert.equal(result, false)
})

test('a binary that does not load is one warning, with cause and platform, and a package of no-ops', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'hkm-'))
  try {
    for (const file of ['index.js', 'binding.js', 'package.json', 'lib']) {
      await cp(join(ROOT, file), join(elsewhere, file), { recursive: true })
    }
    const { code, stdout, stderr } = await run('no-binary.cjs', {
      env: environment(NOWHERE, CREDENTIALS),
      args: [elsewhere],
    })
    assert.equal(code, 0)
    assert.equal(stderr.match(/\[hkm-native\]/g)?.length, 1, stderr)
    // That of the child, which may have another than this process.
    assert.match(stderr, new RegExp(`\\b${process.platform}-(x64|arm64)\\b`))
    assert.match(stderr, /could not be loaded: the package \S+ is not installed\. Install with/)
    assert.deepEqual(JSON.parse(stdout), {
      returned: [null, null, null],
      state: 'off',
      reason: 'the native binary could not be loaded',
      refusal: 'configureMetrics: call it before the first record or observation',
    })
  } finally {
    await rm(elsewhere, { recursive: true })
  }
})
