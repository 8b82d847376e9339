// Sequences of calls that nobody has thought of. `npm run fuzz` makes more of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testkit/input/fuzz.mjs'

test('whatever is called in whatever order, what should arrive arrives, and what is refused is counted', async () => {
  const { runs, calls } = await fuzz({ runs: 150 })
  assert.equal(runs, 150)
  assert.ok(calls > 1_000, `${calls} calls`)
})
