// The tests of each file of this folder.

import { hostedKeyMetricsStats } from '@sim/hkm-native'
import { expect, test } from 'vitest'
import { call } from '../calls.js'

const CALLS = 50

/** Tests of code that records. */
export function recording(name) {
  test(`${name} records`, () => {
    for (let index = 0; index < CALLS; index++) expect(call(name)).toBe('done')
    expect(call(name, { isFailing: true })).toBe('failed')
    // Where a failure is wanted, after everything was recorded.
    expect(name).not.toBe(process.env.FAILING)
  })
}

/** Tests of code that could record, and does not. */
export function importing(name) {
  test(`${name} imports`, () => {
    expect(call).toBeTypeOf('function')
    expect(hostedKeyMetricsStats().state).toMatch(/^(idle|on)$/)
  })
}
