// Tests of definitions that have to be refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, defineMetrics } from '../../index.js'

let namespaces = 0
/** A namespace that no other test uses: a thread keeps its definitions. */
export const namespace = () => `Test/Refused-${namespaces++}`
export const repeat = (count, item) => Array.from({ length: count }, (_, index) => item(index))
/** What `JSON.parse` gives, in which `__proto__` is a property as any other. */
export const json = (text) => JSON.parse(text)
/** A list with a hole. */
export const holed = (before, after) => {
  const list = [before, 'hole', after]
  delete list[1]
  return list
}
export const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
export const fail = (what) => {
  throw new Error(what)
}

/** Tests that a definition is refused with a TypeError that tells where, and why. */
export function refuses(what, definition, where, why) {
  test(what, () => {
    const own = namespace()
    assert.throws(
      () => defineMetrics(definition(own)),
      (error) => {
        assert.equal(Object.getPrototypeOf(error), TypeError.prototype)
        const expected = `defineMetrics: ${where.replace('$', own)}: `
        assert.ok(error.message.startsWith(expected), `${error.message}\n${expected}`)
        assert.match(error.message.slice(expected.length), why)
        assert.ok(error.message.length < 400, error.message)
        return true
      }
    )
    // Nothing of it was kept: what the user meant can be defined.
    defineMetrics({ namespace: own, metrics: { good: counter(), orders: counter() } })
  })
}

/** The same, of what is given for one metric beside a good one. */
export function refusesMetric(what, metric, where, why) {
  const definition = (own) => ({ namespace: own, metrics: { good: counter(), orders: metric } })
  refuses(what, definition, `$ orders${where}`, why)
}

/** The same, of the options of a counter. */
export function refusesOptions(what, options, where, why) {
  refusesMetric(what, counter(options), where, why)
}
