// Runs the package in real child processes against the local CloudWatch.
//
// A child gets PATH from this process and no other variable. A test writes down the rest. `start` throws unless the
// endpoint is on loopback, the metadata service is switched off or on loopback, and 127.0.0.1 is in NO_PROXY. Services
// that hand out credentials have to be on loopback too. None of that is needed of a child in a namespace without another
// network.

import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isIsolated } from './namespaces/isolation.mjs'

const PROGRAMS = new URL('./programs/', import.meta.url)

/** Milliseconds after which a child is killed, so that a child that hangs fails its own test alone. */
export const LONGEST_MS = 300_000

/** The runtime of the children. The tests themselves run on Node. */
const RUNTIME = process.env.HKM_TEST_RUNTIME ?? process.execPath

/** Lines that an emulator makes a runtime write, as a regular expression. */
const NOISE = process.env.HKM_TEST_NOISE && new RegExp(process.env.HKM_TEST_NOISE, 'gm')
const withoutNoise = (text) => (NOISE ? text.replaceAll(NOISE, '') : text)

/** Credentials that are valid nowhere. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDLOCAL', AWS_SECRET_ACCESS_KEY: 'local' }

/** The environment of a child that records to an endpoint on loopback. */
export function environment(endpoint, extra = {}) {
  const variables = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1',
    NODE_ENV: 'test',
    // Bun would report its crashes.
    DO_NOT_TRACK: '1',
    ...extra,
  }
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined))
}

const PROXY_VARIABLE = /^(https?|all)_proxy$/i
const PROXY_ON_LOOPBACK = /^$|^(\w+:\/\/)?(.*@)?(127\.0\.0\.1|localhost)\b[^@]*$/

/** Whether a command runs in a network namespace of its own, as `unshare` of `namespaces/` makes it. */
const isAlone = (command, args) => command === 'unshare' && args.includes('--net')

function assertLoopback(variables) {
  // RFC 6761: every resolver gives loopback for names that end in `localhost`.
  const isLoopback = (url) =>
    url !== undefined && /^(127\.0\.0\.1|\[::1\]|(.+\.)?localhost)$/.test(new URL(url).hostname)
  if (!isLoopback(variables.AWS_ENDPOINT_URL)) {
    throw new Error('a child needs AWS_ENDPOINT_URL on 127.0.0.1')
  }
  for (const name of ['HKM_ENDPOINT', 'AWS_ENDPOINT_URL_CLOUDWATCH']) {
    const endpoint = variables[name]?.trim()
    if (/^https?:/i.test(endpoint) && URL.canParse(endpoint) && !isLoopback(endpoint)) {
      throw new Error(`a child needs ${name} on 127.0.0.1`)
    }
  }
  if (
    variables.AWS_EC2_METADATA_DISABLED !== 'true' &&
    !isLoopback(variables.AWS_EC2_METADATA_SERVICE_ENDPOINT) &&
    !isIsolated()
  ) {
    throw new Error(
      'a child needs AWS_EC2_METADATA_DISABLED=true, or a metadata service on loopback'
    )
  }
  const direct = variables.NO_PROXY ?? variables.no_proxy ?? ''
  if (!direct.split(',').includes('127.0.0.1')) {
    throw new Error('a child needs 127.0.0.1 in NO_PROXY')
  }
  for (const [name, value] of Object.entries(variables)) {
    if (PROXY_VARIABLE.test(name) && !PROXY_ON_LOOPBACK.test(value)) {
      throw new Error(`a child needs ${name} on 127.0.0.1`)
    }
  }
  if (!isIsolated()) assertLocalCredentials(variables, isLoopback)
}

/** Variables that hold the address of a service for credentials. */
const CREDENTIAL_SERVICES = [
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_SSO',
  'AWS_ENDPOINT_URL_SSO_OIDC',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
]

/** The variables that a child needs if its profiles assume roles, or use IAM Identity Center. */
function servicesOfProfiles({ HOME, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }) {
  const files = [
    AWS_CONFIG_FILE ?? `${HOME}/.aws/config`,
    AWS_SHARED_CREDENTIALS_FILE ?? `${HOME}/.aws/credentials`,
  ]
  // A file that is no regular one, such as a pipe, is not read here: that could wait for ever.
  const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true
  const profiles = files
    .filter(isFile)
    .map((path) => readFileSync(path, 'utf8'))
    .join()
  return [
    ...(/^\s*role_arn/m.test(profiles) ? ['AWS_ENDPOINT_URL_STS'] : []),
    ...(/^\s*sso_/m.test(profiles) ? ['AWS_ENDPOINT_URL_SSO', 'AWS_ENDPOINT_URL_SSO_OIDC'] : []),
  ]
}

function assertLocalCredentials(variables, isLoopback) {
  for (const name of CREDENTIAL_SERVICES) {
    if (variables[name] !== undefined && !isLoopback(variables[name])) {
      throw new Error(`a child needs ${name} on 127.0.0.1, or a namespace of its own`)
    }
  }
  if (variables.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI !== undefined) {
    throw new Error(
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI leads to a fixed address: a child needs a namespace of its own'
    )
  }
  for (const name of ['AWS_WEB_IDENTITY_TOKEN_FILE', 'HKM_ROLE_ARN']) {
    if (variables[name] !== undefined && variables.AWS_ENDPOINT_URL_STS === undefined) {
      throw new Error(`a child with ${name} needs AWS_ENDPOINT_URL_STS on 127.0.0.1`)
    }
  }
  for (const name of servicesOfProfiles(variables)) {
    if (variables[name] === undefined) {
      throw new Error(`a child with such a profile needs ${name} on 127.0.0.1`)
    }
  }
}

/**
 * Starts a program in a child process.
 *
 * @param {string} program a file of `programs/`, or the URL of another file
 * @param {object} options
 * @param {Record<string, string>} options.env
 * @param {Record<string, string>} [options.later] what the child writes to `process.env` by itself
 * @param {string[]} [options.args]
 * @param {string} [options.cwd]
 * @param {string} [options.runtime]
 * @param {string[]} [options.runtimeArgs]
 * @param {boolean} [options.isGroup] whether the child gets a process group of its own
 * @param {number} [options.longestMs] after which it is killed
 */
export function start(program, options) {
  const { env, later = {}, args = [], cwd, runtime = RUNTIME, runtimeArgs = [] } = options
  const { isGroup = false, longestMs = LONGEST_MS } = options
  if (!isAlone(runtime, runtimeArgs)) assertLoopback({ ...env, ...later })
  const file = fileURLToPath(new URL(program, PROGRAMS))
  const child = spawn(runtime, [...runtimeArgs, file, ...args], {
    env,
    cwd,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    detached: isGroup,
    timeout: longestMs,
    killSignal: 'SIGKILL',
  })
  const output = { stdout: '', stderr: '' }
  const progress = new EventEmitter()
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] = withoutNoise(output[name] + text)
      progress.emit('written')
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  const endedEarly = () =>
    ended.then((end) => Promise.reject(new Error(`ended early: ${JSON.stringify(end)}`)))
  return {
    child,
    ended,
    output,
    /** Waits for a message that the program sends to its parent. */
    async message() {
      const [message] = await Promise.race([once(child, 'message'), endedEarly()])
      return message
    },
    /** Waits until the output of the program meets a condition. */
    async until(isMet) {
      while (!isMet(output)) await Promise.race([once(progress, 'written'), endedEarly()])
    },
  }
}

/** Runs a program to its end. */
export function run(program, options) {
  return start(program, options).ended
}

/**
 * Evaluates statements in a child, which then flushes. `m` is the recorders, `hkm` the package. Returns the `stats`, the
 * `result` of the statements, and how the child ended.
 */
export async function evaluate(statements, env) {
  const { ended, message } = start('expression.mjs', { env, args: [statements] })
  const told = await message()
  return { ...told, ...(await ended) }
}

/** The applied values of a local CloudWatch as text, one record a line, sorted: a multiset to compare. */
export function appliedRecords(cloudwatch) {
  const records = []
  for (const datum of cloudwatch.applied()) {
    const dimensions = datum.dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(',')
    datum.values.forEach((value, index) => {
      for (let count = 0; count < datum.counts[index]; count++) {
        records.push(`${datum.metricName} ${datum.unit} {${dimensions}} ${value}`)
      }
    })
  }
  return records.sort()
}

/**
 * Statements for `evaluate`: flush until the stats have an error and the warning about it was written, behind those that came
 * before it, send the stats, and end the child by SIGKILL, because nothing can be delivered.
 */
export const UNTIL_A_FAULT = `
  const warn = console.warn
  let isWarned = false
  console.warn = (...line) => {
    isWarned ||= line.join().includes('not delivered')
    warn(...line)
  }
  hkm.flushHostedKeyMetrics()
  const isTold = () => isWarned && hkm.hostedKeyMetricsStats().lastError !== undefined
  while (!isTold()) await new Promise(setImmediate)
  process.send({ stats: hkm.hostedKeyMetricsStats() }, () => process.kill(process.pid, 'SIGKILL'))
  await new Promise(() => {})`
