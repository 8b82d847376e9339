// Variables by which users of other packages choose what those load do not change what this package loads.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { library } from '../testkit/addons/libraries.mjs'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const skip = process.platform !== 'linux'
const NOWHERE = 'http://127.0.0.1:9'

const VARIABLES = {
  NAPI_RS_NATIVE_LIBRARY_PATH: [
    '/nonexistent.node',
    ...(skip ? [] : [await library('other-addon')]),
  ],
  NAPI_RS_FORCE_WASI: ['true', 'error'],
  NAPI_RS_WASI_FLAVOR: ['wasm32-wasi', 'another'],
  NAPI_RS_ENFORCE_VERSION_CHECK: ['0', '1'],
}

/** Bun 1.3 replaces `process.env.NAME` by its value when it reads a file in a worker. */
const isInlined = /bun-1\.3/.test(process.env.HKM_TEST_RUNTIME)

for (const [name, values] of Object.entries(VARIABLES)) {
  for (const where of ['main', 'worker', 'context', 'copy']) {
    test(`${name} changes nothing in ${where}, and is there afterwards`, { skip }, async () => {
      for (const value of values) {
        const { message, ended } = start('loader-variables.mjs', {
          env: environment(NOWHERE, { ...CREDENTIALS, [name]: value }),
          args: [where],
        })
        const told = await message()
        const { stderr } = await ended
        if (isInlined && where === 'worker' && told.state === 'off') {
          assert.match(stderr, new RegExp(`could not be loaded: ${name} is set, and Bun 1\\.3 `))
          continue
        }
        assert.deepEqual(told, { state: 'on', isSame: true, seen: { [name]: value } })
        assert.equal(stderr, '')
      }
    })
  }
}
