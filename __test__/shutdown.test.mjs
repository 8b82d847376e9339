// What an ending asks of the native side.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environment, run } from './harness.mjs'

const env = environment('http://127.0.0.1:9')

for (const [what, cases, expected, end] of [
  ['a natural end flushes once', '', ['flush 250'], { code: 0 }],
  [
    'process.exit flushes once, holding up the thread',
    'process.exit',
    ['flushBlocking 250'],
    { code: 3 },
  ],
  ['an end that waited in vain does not wait again', 'unsettled', ['flush 250'], { code: 0 }],
  [
    'an end that waited in vain waits for what was recorded since',
    'unsettled,record at exit',
    ['flush 250', 'flushBlocking 250'],
    { code: 0 },
  ],
  [
    'what is recorded during a flush is flushed too',
    'late',
    ['flush 250', 'flush 250'],
    { code: 0 },
  ],
  [
    'a signal flushes once and then ends the process',
    'signal',
    ['flush 250'],
    { code: null, signal: 'SIGTERM' },
  ],
  [
    'a process that its own signals do not end exits with the code that goes with them',
    'signal,deaf kernel',
    ['flush 250'],
    { code: 143 },
  ],
]) {
  test(what, { timeout: 20_000 }, async () => {
    const { code, signal, stdout, stderr } = await run('shutdown.cjs', { env, args: [cases] })
    assert.deepEqual(stdout.split('\n').slice(0, -1), expected)
    assert.deepEqual({ code, signal }, { code: null, signal: null, ...end })
    assert.match(stderr, /\[HostedKeyMetrics\] taken/)
  })
}
