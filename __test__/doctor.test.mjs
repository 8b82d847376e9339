// `hkm-native doctor`, as a person calls it: what is broken is found, and what is fine is not told.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { startContainerCredentials, startSts } from '@sim/local-cloudwatch/credentials'
import {
  accessDenied,
  expiredToken,
  refuse,
  reset,
  status,
  throttle,
} from '@sim/local-cloudwatch/faults'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { certificateFile, serverTls } from '../testkit/certificates/certificates.mjs'
import { CREDENTIALS, environment, run } from '../testkit/harness.mjs'
import { install } from '../testkit/loading/installation.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMMAND = pathToFileURL(join(ROOT, 'cli/main.js')).href
const HOUR = 3_600_000

let root
/** The project in which the doctor is called. */
let folder
let cloudwatch
const opened = []

before(() => {
  root = mkdtempSync(join(tmpdir(), 'hkm-doctor-'))
})
after(() => rmSync(root, { recursive: true }))
beforeEach(async () => {
  folder = mkdtempSync(join(root, 'project-'))
  cloudwatch = await started(startLocalCloudWatch())
})
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())))

/** Closes a server after the test. */
async function started(starting) {
  const server = await starting
  opened.push(server)
  return server
}

function write(name, contents) {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents))
  return path
}

/** Calls the doctor with credentials, unless a variable is overridden by `undefined`. */
function call(variables = {}, args = [], options = {}) {
  const { endpoint = cloudwatch.endpoint, command = COMMAND, ...others } = options
  const env = environment(endpoint, { HOME: folder, ...CREDENTIALS, ...variables })
  return run(command, { env, args: ['doctor', ...args], cwd: folder, ...others })
}

async function examined(variables, args = [], options) {
  const { stdout, stderr } = await call(variables, [...args, '--json'], options)
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

/** The definitions of a shop, for `[module…]`. */
function shop(text = '') {
  return write(
    'metrics.cjs',
    `const { configureMetrics, counter, defineMetrics } = require(${JSON.stringify(ROOT)})
    ${text}
    exports.shop = defineMetrics({
      namespace: 'Shop/Orders',
      metrics: { placed: counter({ dimensions: { plan: ['free', 'pro'] }, rollups: [[]] }) },
    })`
  )
}

describe('where all is well', () => {
  test('no problem is told, and who sends what to where, and for how much', async () => {
    const sts = await started(startSts())
    const module = shop()
    const { code, stdout, stderr } = await call(
      { AWS_ENDPOINT_URL_STS: sts.url, HKM_FLUSH_INTERVAL_MS: '60000', HKM_ENVIRONMENT: 'staging' },
      [module]
    )
    assert.deepEqual([code, stderr], [0, ''])
    for (const line of [
      /^hkm-native \d+\.\d+\.\d+ on (node|bun) \S+, \S+$/m,
      / sends +1 metric of Shop\/Orders \(.*metrics\.cjs\)$/m,
      / as +arn:aws:iam::123456789012:user\/local \(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY\)$/m,
      / to +http:\/\/127\.0\.0\.1:\d+\/ from AWS_ENDPOINT_URL, region us-east-1 from AWS_REGION, Environment staging from HKM_ENVIRONMENT$/m,
      / way +127\.0\.0\.1 in \d+ ms; connected in \d+ ms, not encrypted; credentials in \d+ ms; identity in \d+ ms; a request in \d+ ms$/m,
      / costs +\$0\.30 a month for each series that is recorded \(2 to 3\), and up to \$0\.43 for the requests of each process$/m,
      / options +flushIntervalMs 60000 from HKM_FLUSH_INTERVAL_MS$/m,
      /^No problem was found\.$/m,
    ]) {
      assert.match(stdout, line)
    }
    assert.deepEqual(cloudwatch.applied(), [], 'no metric is sent')
  })

  test('the report is JSON on request', async () => {
    const { problems, delivery, metrics, options } = await examined({}, [
      shop('configureMetrics({ signals: false })'),
    ])
    assert.deepEqual(problems, [])
    assert.deepEqual(metrics.list, [{ namespace: 'Shop/Orders', name: 'Placed' }])
    assert.deepEqual(options.signals, { value: false, from: 'configureMetrics' })
    assert.deepEqual(options.maxSeries, { value: 10_000, from: 'default' })
    assert.equal(delivery.source, 'static')
    assert.deepEqual(
      delivery.puts.map(({ namespace, problem }) => [namespace, problem]),
      [['Shop/Orders', undefined]]
    )
  })

  test('one real datum is sent on request, in a namespace of its own', async () => {
    const { code, stdout } = await call({}, ['--send'])
    assert.equal(code, 0, stdout)
    assert.match(stdout, / sent +1 datum, Checked in hkm-native\/doctor/)
    assert.deepEqual(
      cloudwatch
        .applied()
        .map(({ namespace, metricName, values }) => [namespace, metricName, values]),
      [['hkm-native/doctor', 'Checked', [1]]]
    )
  })

  test('what a module records is not sent, also not with the datum on request', async () => {
    const module = shop('process.nextTick(() => exports.shop.placed.add(1, { plan: "pro" }))')
    const { code, stdout } = await call({}, [module, '--send'])
    assert.equal(code, 0, stdout)
    assert.deepEqual(
      cloudwatch.applied().map(({ namespace }) => namespace),
      ['hkm-native/doctor']
    )
  })

  test('a project that looks as if it were broken is not told so', async () => {
    write('package.json', {
      scripts: {
        page: 'esbuild page.js --bundle',
        site: 'bun build ./index.html',
        left: 'esbuild app.js --bundle --platform=node --packages=external',
        copied: 'esbuild app.js --bundle --platform=node --loader:.node=copy --outfile=app.cjs',
        bun: 'bun build app.js --target=bun --outdir=dist',
        ncc: 'ncc build app.js',
      },
      dependencies: null,
    })
    const packages = ['darwin-arm64', 'linux-x64-gnu'].map((name) => `@sim/hkm-native-${name}`)
    write('package-lock.json', {
      packages: {
        'node_modules/@sim/hkm-native': {
          optionalDependencies: Object.fromEntries(packages.map((name) => [name, '1.0.0'])),
        },
        'node_modules/@sim/hkm-native-linux-x64-gnu': {},
      },
    })
    write('Dockerfile', 'FROM node:24-alpine\nCOPY . /app\n')
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    for (const ignored of ['*\n!src\n', '**/node_modules/**\n', 'node_modules/*\n']) {
      write('.dockerignore', ignored)
      assert.deepEqual((await examined()).problems, [])
    }
  })

  test('it is told where what is in force comes from', async () => {
    const module = shop("configureMetrics({ environment: 'stage' })")
    const { stdout } = await call({ HKM_REGION: 'us-west-2', HKM_ENVIRONMENT: 'other' }, [module])
    assert.match(
      stdout,
      /region us-west-2 from HKM_REGION, Environment stage from configureMetrics$/m
    )
  })

  test('the way over TLS is told: what was negotiated, and who vouches', async () => {
    const encrypted = await started(startLocalCloudWatch({ tls: serverTls('server.pem') }))
    const { problems, delivery } = await examined(
      { NODE_EXTRA_CA_CERTS: certificateFile('ca.pem') },
      [],
      { endpoint: encrypted.endpoint }
    )
    assert.deepEqual(problems, [])
    assert.equal(delivery.connection.tls, 'TLS 1.3')
    assert.match(delivery.connection.issuer, /\w/)
  })

  test('the proxy on the way is told, without its password', async () => {
    const encrypted = await started(startLocalCloudWatch({ tls: serverTls('server.pem') }))
    const credentials = 'user:pass-1234'
    const proxy = await started(startLocalProxy({ target: encrypted.endpoint, credentials }))
    const url = new URL(proxy.url)
    Object.assign(url, { username: 'user', password: 'pass-1234' })
    const { stdout } = await call(
      { NODE_EXTRA_CA_CERTS: certificateFile('ca.pem'), HTTPS_PROXY: url.href },
      [],
      { endpoint: encrypted.endpoint.replace('127.0.0.1', 'localhost') }
    )
    assert.match(
      stdout,
      / way +through the proxy 127\.0\.0\.1:\d+; 127\.0\.0\.1 in \d+ ms; connected/
    )
    assert.doesNotMatch(stdout, /pass-1234/)
  })

  test('temporary credentials are told with their end', async () => {
    const container = await started(startContainerCredentials())
    const { problems, delivery } = await examined({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
    })
    assert.deepEqual(problems, [])
    assert.equal(delivery.source, 'container')
    assert.ok(delivery.credentials.expiresAt > Date.now())
  })
})

/** A fault for one namespace. */
const denying = (namespace) => ({
  meet: (exchange, proceed) =>
    exchange.request.input.Namespace === namespace
      ? accessDenied().meet(exchange, proceed)
      : proceed(),
})

const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

/**
 * Set-ups that are broken: what `begin` returns is passed to `call`. `told` is the line of the problem, `mended` what mends
 * it. Each is the only problem.
 */
const BROKEN = [
  {
    name: 'no credentials',
    begin: () => ({ variables: NO_KEYS }),
    told: /^✗ enabled: metrics are off: no credentials in the environment: static keys, .*\.$/,
    mended:
      /Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task, pod or instance a role/,
  },
  {
    name: 'a profile that is not used',
    begin: () => ({ variables: { ...NO_KEYS, AWS_PROFILE: 'work' } }),
    told: /^✗ enabled: metrics are off: no credentials/,
    mended: /AWS_PROFILE is used only with HKM_ENABLED=true\.$/,
  },
  {
    name: 'half of a pair of keys',
    begin: () => ({ variables: { AWS_SECRET_ACCESS_KEY: undefined } }),
    told: /^✗ enabled: metrics are off: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\.$/,
    mended: /Set both, or neither\.$/,
  },
  {
    name: 'metrics that are disabled',
    begin: () => ({ variables: { HKM_ENABLED: 'off' } }),
    told: /^✗ enabled: metrics are off: disabled by configuration\.$/,
    mended: /Set HKM_ENABLED=true, or unset it/,
  },
  {
    name: 'a variable with a value that is none of its own',
    begin: () => ({ variables: { HKM_FLUSH_INTERVAL_MS: '5s' } }),
    told: /^✗ options: HKM_FLUSH_INTERVAL_MS must be a whole number from 100 to 3600000, not "5s"; the variable is ignored\.$/,
    mended: /Correct HKM_FLUSH_INTERVAL_MS, or unset it\.$/,
  },
  {
    name: 'a misspelt variable',
    begin: () => ({ variables: { HKM_REGON: 'eu-west-1' } }),
    told: /^✗ options: There is no variable HKM_REGON: did you mean HKM_REGION\?$/,
    mended: /Correct HKM_REGON, or unset it\.$/,
  },
  {
    name: 'a misspelt variable of AWS',
    begin: () => ({ variables: { AWS_ENDPOINT_URL_CLOUDWACH: 'http://127.0.0.1:9' } }),
    told: /^✗ options: there is no variable AWS_ENDPOINT_URL_CLOUDWACH\.$/,
    mended: /Name it AWS_ENDPOINT_URL_CLOUDWATCH\.$/,
  },
  {
    name: 'a switch with a value that is none',
    begin: () => ({ variables: { HKM_ENABLED: 'ture' } }),
    told: /^✗ options: HKM_ENABLED must be .*, not "ture"; metrics are off\.$/,
    mended: /Correct HKM_ENABLED, or unset it\.$/,
  },
  {
    name: 'no region',
    begin: () => ({ variables: { AWS_REGION: undefined } }),
    told: /^✗ region: No region is set: metrics are sent to us-east-1\. Set AWS_REGION\.$/,
    mended: /Set AWS_REGION to the name of a region, such as eu-west-1, or HKM_REGION/,
  },
  {
    name: 'an endpoint that is no URL',
    begin: () => ({ variables: { HKM_ENDPOINT: 'localhost:4586' } }),
    told: /^✗ enabled: metrics are off: HKM_ENDPOINT must be an http or https URL, not .*: did you mean http:\/\/localhost:4586\?$/,
    mended: /Correct it\.$/,
  },
  {
    name: 'an endpoint at which nobody listens',
    begin: () => ({ endpoint: 'http://127.0.0.1:9' }),
    told: /^✗ connection: http:\/\/127\.0\.0\.1:9\/: cannot connect to 127\.0\.0\.1:9: /,
    mended:
      /Start what should listen there, as by npx @sim\/local-cloudwatch --port 9, or correct the endpoint/,
  },
  {
    name: 'an https endpoint that speaks http',
    begin: () => ({ endpoint: cloudwatch.endpoint.replace('http:', 'https:') }),
    told: /^✗ connection: https:\/\/127\.0\.0\.1:\d+\/: .*does not speak TLS/,
    mended: /Begin the endpoint with http:\/\/ if that is what 127\.0\.0\.1:\d+ speaks\.$/,
  },
  {
    name: 'a host that has no address',
    begin: () => ({ endpoint: `http://${'x'.repeat(64)}.localhost:4586` }),
    told: /^✗ name: the name x{64}\.localhost was not resolved: /,
    mended: /Check the region, the endpoint and the proxy for a misspelt name/,
  },
  {
    name: 'a certificate that nobody here trusts',
    async begin() {
      const encrypted = await started(startLocalCloudWatch({ tls: serverTls('server.pem') }))
      return { endpoint: encrypted.endpoint }
    },
    told: /^✗ connection: https:\/\/127\.0\.0\.1:\d+\/: .*certificate/,
    mended: /Name the certificate of the authority in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE\.$/,
  },
  {
    name: 'a file of certificates that is not there',
    begin: () => ({ variables: { AWS_CA_BUNDLE: '/nowhere/ca.pem' } }),
    told: /^✗ certificates: AWS_CA_BUNDLE is not used: \/nowhere\/ca\.pem/,
    mended: /Correct the variable, or unset it\.$/,
  },
  {
    name: 'a proxy that wants a password',
    async begin() {
      const encrypted = await started(startLocalCloudWatch({ tls: serverTls('server.pem') }))
      const credentials = 'user:pass-1234'
      const proxy = await started(startLocalProxy({ target: encrypted.endpoint, credentials }))
      return {
        variables: { NODE_EXTRA_CA_CERTS: certificateFile('ca.pem'), HTTPS_PROXY: proxy.url },
        endpoint: encrypted.endpoint.replace('127.0.0.1', 'localhost'),
      }
    },
    told: /^✗ connection: .*through the proxy 127\.0\.0\.1:\d+: it wants a user and a password \(HTTP 407\)/,
    mended: /Correct HTTPS_PROXY, or name the host in NO_PROXY/,
  },
  {
    name: 'a proxy of another kind',
    begin: () => ({
      variables: { HTTPS_PROXY: 'socks5://127.0.0.1:1080' },
      endpoint: 'https://localhost:9',
    }),
    told: /^✗ proxy: HTTPS_PROXY names a SOCKS proxy, which is not supported/,
    mended: /Correct the variable\.$/,
  },
  {
    name: 'a permission that is missing',
    begin() {
      cloudwatch.setFault(accessDenied())
      return {}
    },
    told: /^✗ permission: CloudWatch denies Sim\/HostedKey: AccessDenied: User is not authorized to perform: cloudwatch:PutMetricData\.$/,
    mended: /Allow cloudwatch:PutMetricData\. npx hkm-native policy prints the policy\.$/,
  },
  {
    name: 'a permission for another namespace alone',
    begin() {
      cloudwatch.setFault(denying('Shop/Orders'))
      return { args: ['hosted-key', shop()] }
    },
    told: /^✗ permission: CloudWatch takes Sim\/HostedKey, and denies Shop\/Orders: AccessDenied: /,
    mended: /A policy has the condition cloudwatch:namespace: add the namespace to it/,
  },
  {
    name: 'a firewall that answers in place of CloudWatch',
    begin() {
      cloudwatch.setFault(status(403, { body: '<html>Blocked</html>' }))
      return {}
    },
    told: /^✗ endpoint: what answers is not CloudWatch: HTTP 403/,
    mended: /Check the endpoint, and look for a proxy or a login page/,
  },
  {
    name: 'a server that does not answer',
    begin() {
      cloudwatch.setFault(reset())
      return {}
    },
    told: /^✗ request: CloudWatch gave no answer: /,
    mended: /Call the doctor again\. If it lasts, look at what is between here and there/,
  },
  {
    name: 'metrics that a module turns off',
    begin: () => ({ args: [shop('configureMetrics({ enabled: false })')] }),
    told: /^✗ enabled: metrics are off: disabled by configuration\.$/,
    mended: /A module calls configureMetrics\(\{ enabled: false \}\): change it there\.$/,
  },
  {
    name: 'a wrong secret key',
    begin() {
      cloudwatch.setFault(refuse('SignatureDoesNotMatch'))
      return {}
    },
    told: /^✗ credentials: the signature is wrong: SignatureDoesNotMatch: /,
    mended: /Check AWS_SECRET_ACCESS_KEY for missing characters and blanks, and the clock/,
  },
  {
    name: 'an access key that does not exist',
    begin() {
      cloudwatch.setFault(refuse('InvalidClientTokenId'))
      return {}
    },
    told: /^✗ credentials: AWS does not know the access key: InvalidClientTokenId: /,
    mended:
      /Check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and that the account has the region us-east-1\.$/,
  },
  {
    name: 'credentials that have expired',
    begin() {
      cloudwatch.setFault(expiredToken())
      return {}
    },
    told: /^✗ credentials: the credentials have expired: ExpiredToken: /,
    mended: /Get new ones, as by aws sso login/,
  },
  {
    name: 'a temporary key without its token',
    begin: () => ({ variables: { AWS_ACCESS_KEY_ID: 'ASIALOCAL' } }),
    told: /^✗ credentials: AWS_ACCESS_KEY_ID is a temporary key, and AWS_SESSION_TOKEN is not set\.$/,
    mended: /Set AWS_SESSION_TOKEN too/,
  },
  {
    name: 'an account that is throttled',
    begin() {
      cloudwatch.setFault(throttle())
      return {}
    },
    told: /^✗ quota: CloudWatch throttles the account: Throttling: Rate exceeded\.$/,
    mended: /Raise HKM_FLUSH_INTERVAL_MS to 60000/,
  },
  {
    name: 'a login page in place of CloudWatch',
    begin() {
      cloudwatch.setFault(status(200, { body: '<html>Log in</html>' }))
      return {}
    },
    told: /^✗ endpoint: what answers is not CloudWatch: HTTP 200: the answer has neither of the headers/,
    mended: /Check the endpoint, and look for a proxy or a login page/,
  },
  {
    name: 'a clock that is wrong',
    async begin() {
      const ahead = await started(startLocalCloudWatch({ now: () => Date.now() + 3 * HOUR }))
      return { endpoint: ahead.endpoint }
    },
    told: /^✗ clock: The system's clock is about 3 hours behind CloudWatch's/,
    mended: /Set the clock of the system/,
  },
  {
    name: 'a service of credentials that does not answer',
    begin: () => ({
      variables: { ...NO_KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/get' },
    }),
    told: /^✗ credentials: the container's credentials at AWS_CONTAINER_CREDENTIALS_FULL_URI \(http:\/\/127\.0\.0\.1:9\/get\)/,
    mended:
      /check the keys in the environment, the profile, or the role of the task, pod or instance/,
  },
  {
    name: 'a role that may not be assumed',
    async begin() {
      const sts = await started(startSts())
      sts.addRole('arn:aws:iam::123456789012:role/other', 'external')
      return {
        variables: {
          AWS_ENDPOINT_URL_STS: sts.url,
          HKM_ROLE_ARN: 'arn:aws:iam::123456789012:role/other',
        },
      }
    },
    told: /^✗ credentials: .*cannot assume the role arn:aws:iam::123456789012:role\/other: .*AccessDenied/,
    mended: /check the keys in the environment, the profile, or the role/,
  },
  {
    name: 'addons that are forbidden',
    begin: () => ({ runtimeArgs: ['--no-addons'] }),
    told: /^✗ binary: the native binary for \S+ could not be loaded: native addons are disabled by --no-addons/,
    mended: /Remove it\.$/,
  },
  {
    name: 'two versions of the package',
    begin() {
      write('node_modules/@sim/hkm-native/package.json', { version: '1.0.0' })
      write('node_modules/other/node_modules/@sim/hkm-native/package.json', { version: '0.9.0' })
      return {}
    },
    told: /^✗ copies: @sim\/hkm-native is installed in 2 versions: 1\.0\.0 in .*, 0\.9\.0 in .*other/,
    mended: /npm ls @sim\/hkm-native, then npm dedupe or overrides\.$/,
  },
  {
    name: 'Next.js that bundles the package',
    begin() {
      write('package.json', { dependencies: { next: '^16.0.0' } })
      write('next.config.mjs', 'export default {}')
      return {}
    },
    told: /^✗ bundler: next\.config\.mjs does not name @sim\/hkm-native in serverExternalPackages\.$/,
    mended: /Add serverExternalPackages: \['@sim\/hkm-native'\] to next\.config\.mjs\.$/,
  },
  {
    name: 'webpack that bundles for Node',
    begin() {
      write('webpack.config.js', "module.exports = { target: 'node', entry: './a.js' }")
      return {}
    },
    told: /^✗ bundler: webpack\.config\.js bundles for Node, and does not name @sim\/hkm-native in externals\.$/,
    mended: /Add externals: /,
  },
  {
    name: 'a script that bundles',
    begin() {
      write('package.json', { scripts: { build: 'esbuild src/a.js --bundle --platform=node' } })
      return {}
    },
    told: /^✗ bundler: the script build bundles, and does not leave out @sim\/hkm-native\.$/,
    mended: /Add --external:@sim\/hkm-native to it\.$/,
  },
  {
    name: 'a script that copies the binary beside an ES module',
    begin() {
      const build = 'esbuild a.js --bundle --platform=node --loader:.node=copy --format=esm'
      write('package.json', { scripts: { build } })
      return {}
    },
    told: /^✗ bundler: the script build bundles, and does not leave out @sim\/hkm-native\.$/,
    mended: /Add --external:@sim\/hkm-native to it\.$/,
  },
  {
    name: 'a lock file of another platform',
    begin() {
      const names = ['darwin-arm64', 'linux-x64-gnu'].map((name) => `@sim/hkm-native-${name}`)
      write('package-lock.json', {
        packages: {
          'node_modules/@sim/hkm-native': {
            optionalDependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
          },
          [`node_modules/${names[0]}`]: {},
        },
      })
      return {}
    },
    told: /^✗ lock file: package-lock\.json lacks linux-x64-gnu\.$/,
    mended: /Remove package-lock\.json and node_modules, and run npm install\.$/,
  },
  {
    name: 'optional dependencies that are omitted',
    begin() {
      write('.npmrc', 'omit=optional\n')
      return {}
    },
    told: /^✗ installation: npm is told to omit optional dependencies\.$/,
    mended: /Remove omit=optional from \.npmrc/,
  },
  {
    name: 'an image with the modules of this machine',
    begin() {
      write('Dockerfile', 'FROM node:24-alpine\nCOPY . /app\n')
      write('.dockerignore', '.git\n')
      mkdirSync(join(folder, 'node_modules'))
      return {}
    },
    told: /^✗ container: Dockerfile copies the whole folder, and \.dockerignore does not name node_modules\.$/,
    mended: /Add node_modules to \.dockerignore, and run npm ci in the image\.$/,
  },
  {
    name: 'a module that exports no metrics',
    begin() {
      return { args: [write('empty.cjs', 'exports.nothing = 1')] }
    },
    told: /^✗ metrics: .*empty\.cjs exports no metrics/,
    mended: /Name a module that exports what defineMetrics\(\) returns\.$/,
  },
]

describe('what is broken is found, and only that', () => {
  for (const { name, begin, told, mended } of BROKEN) {
    test(name, async () => {
      const { variables, args, ...options } = await begin()
      const { code, stdout, stderr } = await call(variables, args, options)
      assert.equal(stderr, '')
      assert.equal(code, 1, stdout)
      const problems = stdout.split('\n').filter((line) => line.startsWith('✗'))
      assert.equal(problems.length, 1, stdout)
      assert.match(problems[0], told)
      assert.match(stdout, / {2}Why it matters: .+\.$/m)
      assert.match(/ {2}What mends it: (.*)$/m.exec(stdout)[1], mended)
    })
  }
})

describe('where the package is broken itself', () => {
  /** A whole installation, with the commands. */
  async function installed(damage) {
    const installation = await install(folder)
    cpSync(join(ROOT, 'cli'), join(installation.folder, 'cli'), { recursive: true })
    await damage(installation)
    return pathToFileURL(join(installation.folder, 'cli/main.js')).href
  }

  test('a package without the binary of the platform', async () => {
    const command = await installed(({ platform }) => rmSync(platform, { recursive: true }))
    const { code, stdout } = await call({}, [], { command })
    assert.equal(code, 1)
    assert.match(
      stdout,
      /^✗ binary: .* could not be loaded: the package @sim\/hkm-native-\S+ is not installed\.$/m
    )
    assert.match(
      stdout,
      /What mends it: Install with optional dependencies: npm install --include=optional/
    )
  })

  test('a binary of another platform', async () => {
    const command = await installed(({ binary }) => writeFileSync(binary, 'MZ of another system'))
    const { code, stdout } = await call({}, [], { command })
    assert.equal(code, 1)
    assert.match(stdout, /^✗ binary: .* could not be loaded: /m)
  })

  test('all that is wrong is told at once', async () => {
    const command = await installed(({ platform }) => rmSync(platform, { recursive: true }))
    write('.npmrc', 'omit=optional')
    const { problems } = await examined({ HKM_SIGNALS: 'maybe' }, [], { command })
    assert.deepEqual(
      problems.map(({ check }) => check),
      ['binary', 'options', 'installation']
    )
  })
})

test('one namespace without an answer is enough: the others would wait as long', async () => {
  cloudwatch.setFault(reset())
  const { delivery } = await examined({}, ['hosted-key', shop()])
  assert.deepEqual(
    delivery.puts.map(({ namespace }) => namespace),
    ['Sim/HostedKey']
  )
})

test('no region is told that the profile may not have, if it gives no credentials', async () => {
  const { delivery } = await examined({
    ...NO_KEYS,
    AWS_REGION: undefined,
    AWS_PROFILE: 'missing',
    HKM_ENABLED: 'true',
  })
  assert.match(delivery.credentials.problem, /missing/)
  assert.equal(delivery.region, undefined)
})

test('no secret is told, whatever is wrong with it', async () => {
  const secrets = {
    AWS_ACCESS_KEY_ID: 'AKIASECRETSECRETSECR',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLETOKEN1234567890',
    HKM_REGION: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    HKM_ENVIRONMENT: 'staging',
    HTTPS_PROXY: 'http://user:pass-1234@127.0.0.1:9',
  }
  const hidden = ['AKIASECRET', 'wJalr', 'IQoJb3', 'pass-1234']
  const quoting = {
    meet: (exchange, proceed) =>
      status(400, {
        errorCode: 'AccessDenied',
        message: `\u001b[31mNo: x-amz-security-token:${exchange.request.headers['x-amz-security-token']}`,
      }).meet(exchange, proceed),
  }
  for (const fault of [
    undefined,
    quoting,
    refuse('SignatureDoesNotMatch'),
    expiredToken(),
    accessDenied(),
  ]) {
    cloudwatch.setFault(fault)
    for (const args of [[], ['--json'], ['--send']]) {
      const { stdout, stderr } = await call(secrets, args)
      for (const secret of hidden) {
        assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} in ${stdout}${stderr}`)
      }
      assert.ok(!`${stdout}${stderr}`.includes('\u001b'), 'a terminal would obey')
    }
  }
})

test('a datum that is not accepted is a problem of its own', async () => {
  cloudwatch.setFault(denying('hkm-native/doctor'))
  const { code, stdout } = await call({}, ['--send'])
  assert.equal(code, 1)
  assert.match(stdout, /^✗ send: a datum in hkm-native\/doctor was not accepted: AccessDenied: /m)
})
