// Calls that nobody has thought of, of metrics that nobody has thought of, while requests fail.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzDefinitions } from '../testkit/definitions/fuzz.mjs'

test('whatever is defined, called and refused, each record and each roll-up arrives once or is counted', async () => {
  const { runs, calls } = await fuzzDefinitions({ runs: 60 })
  assert.equal(runs, 60)
  assert.ok(calls > 400, `${calls} calls`)
})
