// `npm test`: lints, the Rust tests, the ring under the model checker, and the suites that run the package in
// real processes. Sets itself up on a fresh clone.

import { readdirSync } from 'node:fs'
import { LINTS } from './lint-steps.mjs'
import { TEST_MODEL } from './model.mjs'
import { setup } from './setup.mjs'
import { FOUR_AT_A_TIME, runSteps } from './steps.mjs'

// The suites give their children an environment of their own. Whatever else asks the AWS SDK for anything finds
// an endpoint that nobody listens at, credentials of nobody, and no metadata service.
const NOWHERE = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:9',
  AWS_ACCESS_KEY_ID: 'AKIDNOBODY',
  AWS_SECRET_ACCESS_KEY: 'nobody',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_PROXY: '127.0.0.1',
}

const suites = readdirSync(new URL('../__test__/', import.meta.url))
  .filter((file) => file.endsWith('.test.mjs'))
  .map((file) => `__test__/${file}`)

await setup()
runSteps([
  ...LINTS,
  { name: 'Rust', command: ['cargo', 'test', '--workspace', '--quiet'], env: NOWHERE },
  TEST_MODEL,
  {
    name: 'the package in real processes',
    command: [process.execPath, '--test', FOUR_AT_A_TIME, '--test-reporter=spec', ...suites],
    env: NOWHERE,
  },
])
