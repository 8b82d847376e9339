// What an ending asks of the native side.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { environment, start } from '../testkit/harness.mjs'

const env = environment('http://127.0.0.1:9')
const OF_SIGTERM = { code: null, signal: 'SIGTERM' }

/** Plays cases of `programs/shutdown.cjs`. */
function ending(what, cases, expected, end = {}) {
  test(what, { timeout: 20_000 }, async (t) => {
    const { child, ended } = start('shutdown.cjs', { env, args: [cases] })
    t.after(() => child.kill('SIGKILL'))
    const { code, signal, stdout, stderr } = await ended
    assert.deepEqual(stdout.split('\n').slice(0, -1), expected)
    assert.deepEqual({ code, signal }, { code: 0, signal: null, ...end })
    assert.match(stderr, /\[HostedKeyMetrics\] taken/)
  })
}

describe('a natural end', () => {
  ending('flushes once', '', ['flush 250'])
  ending('that waited in vain does not wait again', 'unsettled', ['flush 250'])
  ending(
    'that waited in vain waits for what was recorded since',
    'unsettled,prepended record in exit',
    ['flush 250', 'flushBlocking']
  )
  ending('flushes what is recorded during a flush', 'record during the flush', [
    'flush 250',
    'flushBlocking',
  ])
  ending('flushes what beforeExit records each time, and ends', 'record in beforeExit', [
    'flush 250',
    'flushBlocking',
  ])
  ending(
    'flushes what beforeExit records each time before that, and ends',
    'prepended record in beforeExit',
    ['flush 250', 'flushBlocking']
  )
  ending('of a process that flushes in beforeExit comes', 'flush in beforeExit', [
    'flush 250',
    'flush 10000',
  ])
  ending(
    'of a process that flushes in beforeExit comes, also when it is in vain',
    'unsettled,flush in beforeExit',
    ['flush 250', 'flush 10000']
  )
  ending(
    'with an exit code holds up the thread: it could be an exception on Bun',
    'process.exitCode',
    ['flushBlocking'],
    { code: 5 }
  )
})

describe('process.exit', () => {
  ending('flushes once, holding up the thread', 'process.exit', ['flushBlocking'], { code: 3 })
  ending(
    'flushes what a later listener records',
    'process.exit,record in exit',
    ['flushBlocking', 'flushBlocking'],
    { code: 3 }
  )
  ending(
    'flushes when its listeners make the first record',
    'process.exit,first record in exit',
    ['flushBlocking'],
    { code: 3 }
  )
})

describe('a signal', () => {
  ending('flushes once and then ends the process', 'signal', ['flush 250'], OF_SIGTERM)
  ending(
    'flushes what is recorded during the flush',
    'signal,record during the flush',
    ['flush 250', 'flushBlocking'],
    OF_SIGTERM
  )
  ending(
    'does not flush past the timeout',
    'signal,record during the flush,flush takes all the time',
    ['flush 250'],
    OF_SIGTERM
  )
  ending('that comes again ends a flush', 'signal twice,flush hangs', ['flush 250'], OF_SIGTERM)
  ending(
    'that others listened to before flushes anew',
    'signal to a listener and then to none',
    ['flush 250', 'flush 250'],
    OF_SIGTERM
  )
  ending(
    'that cannot end the process makes it exit with the code that goes with it',
    'signal,own signals have no effect',
    ['flush 250'],
    { code: 143 }
  )
  ending(
    'that comes again and cannot end the process does not flush again',
    'signal twice,flush hangs,own signals have no effect',
    ['flush 250'],
    { code: 143 }
  )
})
