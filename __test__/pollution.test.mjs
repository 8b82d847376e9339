// Properties that other code added to `Object.prototype` change nothing: no option, no variable, no label and no answer
// of the native side is read from there.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { appliedRecords, CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const ROOT = new URL('..', import.meta.url)
const source = (file) => readFileSync(new URL(file, ROOT), 'utf8')

const OPTIONS = [
  ...['enabled', 'environment', 'region', 'endpoint', 'flushIntervalMs', 'shutdownTimeoutMs'],
  ...['roleArn', 'roleExternalId', 'roleSessionName'],
  ...[
    'signals',
    'rollups',
    'maxBufferedDatums',
    'maxBufferedBytes',
    'maxSeries',
    'spoolDirectory',
    'spoolMaxBytes',
    'storageResolution',
    'logger',
  ],
]
const VARIABLES = [
  ...['HKM_ENABLED', 'HKM_ENVIRONMENT', 'HKM_REGION', 'HKM_ENDPOINT', 'HKM_FLUSH_INTERVAL_MS'],
  ...['HKM_ROLE_ARN', 'HKM_ROLE_EXTERNAL_ID', 'HKM_ROLE_SESSION_NAME'],
  ...[
    'HKM_SHUTDOWN_TIMEOUT_MS',
    'HKM_SIGNALS',
    'HKM_MAX_BUFFERED_DATUMS',
    'HKM_MAX_BUFFERED_BYTES',
    'HKM_MAX_SERIES',
    'HKM_SPOOL_DIRECTORY',
    'HKM_SPOOL_MAX_BYTES',
  ],
  ...[
    'HKM_ROLLUPS',
    'HKM_STORAGE_RESOLUTION',
    'HKM_ENDPIONT',
    'OTEL_DEPLOYMENT_ENVIRONMENT',
    'NODE_ENV',
  ],
  ...['DEPLOYMENT_ENVIRONMENT', 'GRAFANA_DEPLOYMENT_ENVIRONMENT', 'HOME', 'USERPROFILE'],
  ...['AWS_ENDPOINT_URL_CLOUDWATCH', 'AWS_ENDPOINT_URL', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'],
  ...['AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'],
  ...['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'],
  ...['AWS_EC2_METADATA_DISABLED', 'AWS_EC2_METADATA_SERVICE_ENDPOINT', 'AWS_ENDPOINT_URL_STS'],
  ...['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_CA_BUNDLE', 'SSL_CERT_FILE'],
  ...['SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ...['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'],
]
const LABELS = ['provider', 'tool', 'key', 'reason']

/** Names of properties that the package reads: those in its JavaScript, and those of the binding's answers. */
function namesInSources() {
  const files = [
    'index.js',
    'binding.js',
    ...readdirSync(new URL('lib', ROOT), { recursive: true })
      .filter((file) => file.endsWith('.js'))
      .map((file) => `lib/${file}`),
  ]
  const javascript = files
    .map(source)
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
  const found = [
    ...javascript.matchAll(/\?*\.\s*([A-Za-z_$][\w$]*)/g),
    ...javascript.matchAll(/[{,]\s*([A-Za-z_$][\w$]*)(?=\s*[,:}])/g),
    ...source('binding.d.ts').matchAll(/^ {2}(\w+)\??:/gm),
  ].map(([, name]) => name)
  const descriptor = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable']
  const awaited = ['then', 'toJSON', 'cause', 'message', 'unref', 'bun', '_exiting']
  return [...found, ...descriptor, ...awaited]
}

/** Node itself loads no module with them. */
const NEEDED_BY_RUNTIME = ['encoding', 'buffer']

// The language itself reads `return` where an array is destructured.
const READ = ['return', ...OPTIONS, ...VARIABLES, ...LABELS, ...namesInSources()]
const NAMES = [...new Set(READ)].filter(
  (name) => !(name in Object.prototype || NEEDED_BY_RUNTIME.includes(name))
)

/** What `programs/polluted.cjs` records. */
const RECORDS = [
  'CostCharged None {Environment=chosen,Tool=t} 0.5',
  'Depth None {Environment=chosen} 5',
  'Failed Count {Environment=chosen,Provider=p,Tool=t,Key=K,Reason=other} 1',
  'Many None {Environment=chosen,Plan=pro} 4',
  'Many None {Environment=chosen,Reason=other} 3',
  'Orders Count {Environment=chosen,Plan=pro} 1',
  'Orders Count {Environment=chosen,Plan=pro} 2',
  'Orders Count {Environment=chosen} 1',
  'Orders Count {Environment=chosen} 2',
  'QueueWaitDuration Milliseconds {Environment=chosen,Provider=p} 0',
  'QueueWaitExceeded Count {Environment=chosen,Provider=inherited} 1',
  'Throttled Count {Environment=chosen,Reason=upstream_retries_exhausted} 1',
  'Timed Seconds {Environment=chosen,Plan=pro} …',
  'Timed Seconds {Environment=chosen,Reason=other} …',
  'UnknownModelCost Count {Environment=chosen,Tool=?~1b6b1a6f89315f6e} 1',
  'UpstreamRateLimited Count {Environment=chosen,Key=[redacted]} 1',
  'Used Count {Environment=chosen,Provider=late} 1',
  'Used Count {Environment=chosen,Provider=p,Tool=t,Key=K} 1',
  'Used Count {Environment=chosen} 1',
]

async function tell(cloudwatch, options, runtimeArgs) {
  const { ended, message } = start('polluted.cjs', {
    env: environment(cloudwatch.endpoint, CREDENTIALS),
    args: [JSON.stringify(options)],
    runtimeArgs,
  })
  const told = JSON.parse(await message())
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  return told
}

/** What is told of the three records that are dropped. */
const DROPPED = [
  'QueueWaitDuration was dropped: its value is of the type string, and not a number within ±2^360',
  'Used was dropped: it has no labels',
  'CostCharged was dropped: its value is of the type string, and not a number from 0 to 2^360',
].map((what) => `[hkm-native] A record of Sim/HostedKey ${what}`)

/** Records in a child with such names, and checks that nothing is different from a child without them. */
async function play(names, kind, when, of = 'Object', runtimeArgs = []) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    const told = await tell(cloudwatch, { of, names, kind, when }, runtimeArgs)
    const records = appliedRecords(cloudwatch).map((line) =>
      line.replace(/^(Timed .*) \S+$/, '$1 …')
    )
    assert.deepEqual(records, RECORDS)
    const { recorded, applied, dropped, state, lastError } = told.stats
    assert.deepEqual([state, recorded, applied, lastError], ['on', 19, 16, undefined])
    assert.equal(told.stats.rollups.applied, 2)
    assert.deepEqual([dropped.invalidLabel, dropped.invalidValue], [1, 2])
    const [secret, ...others] = told.warnings.toReversed()
    assert.match(secret, /looks like a secret/)
    assert.deepEqual(others.reverse(), DROPPED)
    assert.match(told.refusal, /logger must be an object with a warn method/)
    return told
  } finally {
    await cloudwatch.close()
  }
}

const KINDS = ['text', 'number', 'function', 'object', 'null', 'getter that throws']
const WHEN = ['before loading', 'before the first record', 'after the first record']

describe('if Object.prototype has every name that the package reads, nothing changes', () => {
  for (const kind of KINDS) {
    for (const when of WHEN) {
      test(`each is a ${kind}, added ${when}`, () => play(NAMES, kind, when))
    }
  }
})

// With all of them, one name could hide what another one does.
describe('if Object.prototype has the name of an option or a variable, nothing changes', {
  concurrency: 4,
}, () => {
  for (const name of [...OPTIONS, ...VARIABLES, ...LABELS]) {
    test(name, () => play([name], 'text', 'before the first record'))
  }
})

for (const [how, runtimeArgs] of [
  ['', []],
  [', where code from text is forbidden', ['--disallow-code-generation-from-strings']],
]) {
  for (const when of WHEN) {
    // Bun has no such switch.
    const skip = runtimeArgs.length > 0 && /bun/.test(process.env.HKM_TEST_RUNTIME)
    test(`the package reads no name of Object.prototype that was added ${when}${how}`, {
      skip,
    }, async () => {
      const { reads } = await play(NAMES, 'getter that tells', when, 'Object', runtimeArgs)
      // The generated loader defines a property, and goes on if that throws.
      const isLoader = (read) => /^[gs]et.binding/.test(read)
      assert.deepEqual(
        reads.filter((read) => !isLoader(read)),
        []
      )
    })
  }
}

// Before the first record, Node itself could not load the binary. With the index 1, its timers fail.
test('if Array.prototype has an index that takes what is assigned to it, nothing changes', async () => {
  await play(['0'], 'setter that takes', 'after the first record', 'Array')
})

for (const of of ['Function', 'String', 'Array', 'Symbol', 'Number', 'Boolean']) {
  test(`names of options, variables and labels on ${of}.prototype change nothing`, async () => {
    await play([...OPTIONS, ...VARIABLES, ...LABELS], 'text', 'before the first record', of)
  })
}
