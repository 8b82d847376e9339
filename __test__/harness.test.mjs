// The harness does not start a child that could leave loopback.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environment, start } from '../testkit/harness.mjs'

const LOOPBACK = 'http://127.0.0.1:1'

for (const [what, endpoint, extra] of [
  ['without an endpoint', undefined, {}],
  ['with an endpoint elsewhere', 'https://monitoring.us-east-1.amazonaws.com', {}],
  ['with an endpoint that only begins like loopback', 'http://127.0.0.1.test', {}],
  ['with an endpoint that only ends like loopback', 'http://notlocalhost', {}],
  ['with an endpoint of its own elsewhere', LOOPBACK, { HKM_ENDPOINT: 'HTTPS://host.test' }],
  ['with a metadata service', LOOPBACK, { AWS_EC2_METADATA_DISABLED: undefined }],
  ['without NO_PROXY', LOOPBACK, { NO_PROXY: undefined }],
  ['with loopback left out of NO_PROXY', LOOPBACK, { NO_PROXY: 'localhost' }],
  ['with a proxy elsewhere', LOOPBACK, { HTTPS_PROXY: 'http://proxy.test:3128' }],
  ['with a proxy that names loopback as its user', LOOPBACK, { all_proxy: '127.0.0.1@proxy.test' }],
]) {
  test(`a child ${what} does not start`, () => {
    const env = environment(endpoint, extra)
    assert.throws(() => start('idle.cjs', { env }), /^Error: a child needs/)
  })
}
