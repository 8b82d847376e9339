// What JavaScript asks of the native side when the process ends.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { environment, start } from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const env = environment('http://127.0.0.1:9')
/** Windows has no signals: a process that sends one to itself ends with code 1. */
const OF_SIGTERM = IS_WINDOWS ? { code: 1, signal: null } : { code: null, signal: 'SIGTERM' }

/** Plays cases of `programs/native-calls.cjs`. */
function ending(what, cases, expected, end = {}) {
  test(what, { timeout: 20_000 }, async (t) => {
    const { child, ended } = start('native-calls.cjs', { env, args: [cases] })
    t.after(() => child.kill('SIGKILL'))
    const { code, signal, stdout, stderr } = await ended
    const calls = stdout.split('\n').slice(0, -1)
    // On Windows, there are two listeners of exit.
    if (IS_WINDOWS && calls.join().endsWith('end,end')) calls.pop()
    // Bun emits beforeExit and exit if there is an exit code.
    if (calls.join().endsWith('end, waiting,end')) calls.pop()
    assert.deepEqual(calls, expected)
    assert.deepEqual({ code, signal }, { code: 0, signal: null, ...end })
    // The last warnings are given at each end except that by a signal.
    if (end !== OF_SIGTERM && code !== 143) assert.match(stderr, /\[hkm-native\] taken/)
  })
}

describe('a natural end', () => {
  ending('flushes once', '', ['flush 250', 'end'])
  ending('that waited in vain does not wait again', 'unsettled', ['flush 250', 'end'])
  ending(
    'that waited in vain does not wait for what was recorded since',
    'unsettled,prepended record in exit',
    ['flush 250', 'end']
  )
  ending('flushes what is recorded during a flush', 'record during the flush', [
    'flush 250',
    'end, waiting',
  ])
  ending('flushes what beforeExit records each time, and ends', 'record in beforeExit', [
    'flush 250',
    'end, waiting',
  ])
  ending(
    'flushes what beforeExit records each time before that, and ends',
    'prepended record in beforeExit',
    ['flush 250', 'end, waiting']
  )
  ending('of a process that flushes in beforeExit comes', 'flush in beforeExit', [
    'flush 250',
    'flush 10000',
    'end',
  ])
  ending(
    'of a process that flushes in beforeExit comes, also when it is in vain',
    'unsettled,flush in beforeExit',
    ['flush 250', 'flush 10000', 'end']
  )
  ending(
    'with an exit code blocks the thread: it could be an exception on Bun',
    'process.exitCode',
    ['end, waiting'],
    { code: 5 }
  )
  ending('comes if the native side does not say that the flush is done', 'flush hangs', [
    'flush 250',
    'end',
  ])
  ending('comes if the native side does not answer', 'flush does not answer', ['flush 250', 'end'])
})

describe('process.exit', () => {
  ending('flushes once and blocks the thread', 'process.exit', ['end, waiting'], { code: 3 })
})

describe('the native signal handlers are installed again', () => {
  ending(
    'when a listener of a handled signal is removed, or on Bun before the process sends a signal to itself',
    'remove listeners',
    IS_WINDOWS ? ['flush 250', 'end'] : ['watch signals', 'flush 250', 'end']
  )
  ending('unless the option signals is false', 'no signals,remove listeners', ['flush 250', 'end'])
})

describe('on Windows, a signal', () => {
  ending('flushes and then ends the process', 'listeners,signal', ['send', 'send now'], OF_SIGTERM)
  ending(
    'that comes again does not wait',
    'listeners,signal twice,send hangs',
    ['send'],
    OF_SIGTERM
  )
  ending(
    'that others listened to before flushes anew',
    'listeners,signal to a listener and then to none',
    ['send', 'send', 'send now'],
    OF_SIGTERM
  )
  ending(
    'that cannot end the process makes it exit with the code that goes with it',
    'listeners,signal,own signals have no effect',
    ['send', 'send now', 'end, waiting'],
    { code: 143 }
  )
})
