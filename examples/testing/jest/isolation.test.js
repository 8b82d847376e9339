// Runs at the same time as the other files, and sees its own records alone.

const { captureMetrics } = require('@sim/hkm-native/testing')
const { checkout, order } = require('./checkout.js')

test('another file is not seen', async () => {
  const capture = captureMetrics()
  for (let count = 1; count <= 100; count++) {
    await order({ region: 'eu', plan: 'pro' })
    expect(capture.sum(checkout.orders)).toBe(count)
  }
  capture.stop()
  expect(process.env.FAILING).toBeUndefined()
})
