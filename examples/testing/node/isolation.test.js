// Runs at the same time as the other files, and sees its own records alone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureMetrics } from '@sim/hkm-native/testing'
import { checkout, order } from '../checkout.js'

test('another file is not seen', async (t) => {
  const capture = captureMetrics()
  t.after(() => capture.stop())
  for (let count = 1; count <= 100; count++) {
    await order({ region: 'eu', plan: 'pro' })
    assert.equal(capture.sum(checkout.orders), count)
  }
  assert.equal(process.env.FAILING, undefined)
})
