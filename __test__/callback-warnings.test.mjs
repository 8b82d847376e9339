// Warnings about callbacks of gauges: how many there are in a minute, and that they show no message of an error.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturing } from '../testkit/capturing.mjs'

/** Statements that keep warnings, move the clock, and observe a gauge under many labels. */
const PREPARE = `
  const lines = []
  hkm.configureMetrics({ logger: { warn: (line) => lines.push(line) } })
  const { performance } = globalThis
  let minutes = 10
  performance.now = () => minutes * 60_000
  const capture = captureMetrics()
  const failing = (count, fail) => {
    for (let queue = 0; queue < count; queue++) shop.perQueue.observe(fail, { queue })
  }
  /** The warnings of one call of each callback. */
  const observe = async () => {
    lines.length = 0
    await capture.observe()
    return [...lines]
  }
`

const THROWN = '[hkm-native] The callback of the gauge Shop/Checkout PerQueue threw Error'
const heldBack = (count) => `${THROWN} (${count} more like this were held back)`

test('a callback that goes on failing is told once a minute, with the number of those held back', async () => {
  const told = await capturing(`${PREPARE}
    failing(1, () => { throw new Error('of mine') })
    const told = [await observe(), await observe(), await observe()]
    minutes += 0.99
    told.push(await observe())
    minutes += 0.01
    told.push(await observe(), await observe())
    minutes += 1
    told.push(await observe())
    return told`)
  assert.deepEqual(told, [[THROWN], [], [], [], [heldBack(3)], [], [heldBack(1)]])
})

test('the first failures of ten callbacks are told in a minute, and those of the others in the next ones', async () => {
  const told = await capturing(`${PREPARE}
    failing(25, () => { throw new Error('of mine') })
    const told = []
    for (let minute = 0; minute < 5; minute++, minutes++) {
      told.push(await observe(), await observe())
    }
    return told`)
  // From the second minute on, one warning is about a callback that was told before.
  assert.deepEqual(
    told.map((lines) => lines.length),
    [10, 0, 10, 0, 7, 0, 1, 0, 1, 0]
  )
  assert.deepEqual(told[2][0], heldBack(40))
  assert.ok(told[2].slice(1).every((line) => line === THROWN))
})

test('two callbacks of one gauge are both told, as is one that fails after it has worked', async () => {
  const told = await capturing(`${PREPARE}
    let isDown = false
    const codes = ['ECONNREFUSED', 'P2002']
    codes.forEach((code, queue) => {
      shop.perQueue.observe(() => {
        if (isDown) throw Object.assign(new TypeError('of mine'), { code })
        return 1
      }, { queue })
    })
    const told = [await observe()]
    isDown = true
    told.push(await observe())
    return told`)
  const line = THROWN.replace('Error', 'TypeError')
  assert.deepEqual(told, [[], [`${line} (ECONNREFUSED)`, `${line} (P2002)`]])
})

test('no message of an error is shown', async () => {
  const told = await capturing(`${PREPARE}
    const secret = 'postgres://admin:hunter2@db.example.com'
    class Named extends Error { name = secret; code = secret }
    const thrown = [new Error(secret), secret, { message: secret }, new Named(secret), Symbol(secret)]
    thrown.forEach((value, queue) => {
      shop.perQueue.observe(() => { throw value }, { queue })
    })
    shop.queueDepth.observe(async () => { throw new Error(secret) })
    return observe()`)
  assert.equal(told.length, 6)
  assert.deepEqual(
    told.filter((line) => /postgres|hunter2|example/.test(line)),
    []
  )
})

test('what is no function is told once a minute', async () => {
  const told = await capturing(`${PREPARE}
    for (let minute = 0; minute < 2; minute++, minutes++) {
      for (const given of [undefined, null, 5]) shop.queueDepth.observe(given)
    }
    return lines`)
  const line = '[hkm-native] The callback of the gauge Shop/Checkout QueueDepth is no function'
  assert.deepEqual(told, [line, `${line} (2 more like this were held back)`])
})

test('a clock that is set back, fails or is repaired holds back no warning for long', async () => {
  const told = await capturing(`${PREPARE}
    failing(1, () => { throw new Error('of mine') })
    const clock = performance.now
    const told = [await observe()]
    minutes -= 5
    told.push(await observe())
    performance.now = () => { throw new Error('a fake clock') }
    told.push(await observe(), await observe())
    performance.now = clock
    minutes += 1
    told.push(await observe())
    return told`)
  assert.deepEqual(told, [[THROWN], [THROWN], [], [], [heldBack(2)]])
})
