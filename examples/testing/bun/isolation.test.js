// Runs in the same process as the other files, and sees its own records alone.

import { expect, test } from 'bun:test'
import { captureMetrics } from '@sim/hkm-native/testing'
import { checkout, order } from '../checkout.js'

test('another file is not seen', async () => {
  const capture = captureMetrics()
  for (let count = 1; count <= 100; count++) {
    await order({ region: 'eu', plan: 'pro' })
    expect(capture.sum(checkout.orders)).toBe(count)
  }
  capture.stop()
  expect(process.env.FAILING).toBeUndefined()
})
