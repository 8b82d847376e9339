// Plays a set-up of `setups.mjs` in a real process and reports what is wrong.
//
// A set-up with a fixed address or a vendor of its own runs in a namespace. There, this file is the program.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  startContainerCredentials,
  startInstanceMetadata,
  startSso,
  startSts,
} from '@sim/local-cloudwatch/credentials'
import { signer } from '@sim/local-cloudwatch/signature'
import { appliedRecords, environment, start } from '../harness.mjs'
import { isIsolated, runIsolated } from '../namespaces/isolation.mjs'
import { PATIENCE } from '../patience.mjs'
import { SECRETS } from './given.mjs'
import { needsNamespace, SETUPS } from './setups.mjs'

const RECORDS = 20
/** Milliseconds after which a recorder is killed. */
const LIFETIME_MS = 60_000
/** The same for a recorder that only records and flushes. A flush takes up to ten seconds. */
const BRIEF_LIFETIME_MS = 20_000
/** A proxy that does not exist: requests over TLS that are not for loopback fail there. */
const NO_WAY_OUT = 'http://127.0.0.1:9'

/** Starts the services of a set-up, a CloudWatch, and a temporary folder. `close` ends all of them. */
export async function startServices(options = {}) {
  const { container, path, authorization, instance, instanceRegion } = options
  const home = mkdtempSync(join(tmpdir(), 'hkm-credentials-'))
  const services = {
    cloudwatch: await startLocalCloudWatch(),
    container: await startContainerCredentials({
      ...(container && { host: container, port: 80 }),
      ...(path && { path }),
      authorization,
    }),
    sts: await startSts(),
    metadata: await startInstanceMetadata({
      ...(instance && { host: instance, port: 80 }),
      region: instanceRegion,
    }),
    sso: await startSso(),
  }
  const file = (name, content) => {
    const to = join(home, name)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, content)
    return to
  }
  async function close() {
    await Promise.all(Object.values(services).map((service) => service.close()))
    rmSync(home, { recursive: true })
  }
  const secrets = () => [
    ...SECRETS,
    ...[services.container, services.sts, services.metadata, services.sso].flatMap((one) =>
      one.secrets()
    ),
  ]
  return { ...services, home, file, secrets, close }
}

/**
 * Starts `programs/recorder.mjs`. `tell` gives it a command and returns its answer.
 *
 * @param {Awaited<ReturnType<typeof startServices>>} services
 * @param {object} options
 * @param {Record<string, string>} [options.variables] of its environment
 * @param {Record<string, string>} [options.later] that it writes to `process.env` by itself
 * @param {boolean} [options.inWorker]
 * @param {string} [options.runtime]
 * @param {string[]} [options.runtimeArgs]
 * @param {number} [options.lifetimeMs] after which it is killed
 */
export function startRecorder(services, options) {
  const {
    variables = {},
    later = {},
    inWorker,
    runtime,
    runtimeArgs,
    lifetimeMs = LIFETIME_MS,
  } = options
  const env = environment(services.cloudwatch.endpoint, { HTTPS_PROXY: NO_WAY_OUT, ...variables })
  const args = [JSON.stringify(later), ...(inWorker ? ['worker'] : [])]
  const { child, ended, message, output } = start('recorder.mjs', {
    env,
    later,
    args,
    runtime,
    runtimeArgs,
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE * lifetimeMs)
  ended.finally(() => clearTimeout(killer))
  /** Everything that it answered; `leaks` searches it. */
  const told = []
  return {
    child,
    ended,
    output,
    async tell(command, argument) {
      child.send({ command, argument })
      const { answer } = await message()
      told.push(answer)
      return answer
    },
    /** Lets the event loop run dry, so that the process ends by itself. */
    end() {
      child.send({ command: 'end' })
      return ended
    },
    /** The secrets that appear in its answers and its output. */
    leaks() {
      const text = JSON.stringify([told, output])
      return services.secrets().filter((secret) => text.includes(secret))
    },
  }
}

/** Who signed the requests to CloudWatch, each once, in order. */
export function signers({ requests }) {
  const all = requests.map(({ headers }) => JSON.stringify(signer(headers)))
  return [...new Set(all)].map((one) => JSON.parse(one))
}

/** How often each service was asked. If there are no credentials, only whether it was. */
function counts(services, { problem }) {
  const names = ['container', 'sts', 'metadata', 'sso']
  const most = problem ? 1 : Number.POSITIVE_INFINITY
  return Object.fromEntries(
    names.map((name) => [name, Math.min(services[name].requests.length, most)])
  )
}

/** Who signed the requests of AssumeRole that were accepted, in order. */
const assumers = ({ requests }) =>
  requests
    .filter(({ operation, status }) => operation === 'AssumeRole' && status === 200)
    .map(({ headers }) => signer(headers).accessKeyId)

/**
 * Plays a set-up on a runtime and returns what is wrong. An empty list means that nothing is.
 *
 * @param {import('./setups.mjs').Setup} setup
 * @param {string} [runtime] default: the one that runs this
 * @returns {Promise<string[]>}
 */
export async function problemsOf(setup, runtime = process.execPath) {
  if (!needsNamespace(setup)) return problemsHere(setup, runtime)
  const { name, vendor } = setup
  return runIsolated(new URL(import.meta.url), { input: { name, runtime }, vendor })
}

async function problemsHere(setup, runtime) {
  const services = await startServices(setup)
  try {
    const variables = setup.variables(services)
    const recorder = startRecorder(services, {
      ...(setup.isLate ? { later: variables } : { variables }),
      inWorker: setup.inWorker,
      runtime,
      lifetimeMs: BRIEF_LIFETIME_MS,
    })
    const { stats, end } = await play(recorder, setup)
    return differences(expected(setup, services), {
      state: stats.state,
      source: stats.credentialSource,
      region: stats.region,
      role: stats.roleArn,
      signers: signers(services.cloudwatch),
      assumedBy: assumers(services.sts),
      asked: counts(services, setup),
      children: stats.children,
      recorded: stats.recorded,
      applied: stats.applied,
      arrived: appliedRecords(services.cloudwatch).length,
      possiblyDuplicated: stats.possiblyDuplicated,
      warnings:
        tells(setup, end.stderr) || setup.warning?.test(end.stderr) ? 'as expected' : end.stderr,
      lastError: tells(setup, stats.lastError?.message) ? 'as expected' : stats.lastError,
      end: end.signal ?? end.code,
      leaks: recorder.leaks(),
    })
  } finally {
    await services.close()
  }
}

async function play(recorder, { problem, hasChildren }) {
  await recorder.tell('record', RECORDS)
  const stats = await recorder.tell(
    problem ? 'failToFlush' : hasChildren ? 'flushBesideChildren' : 'flush'
  )
  if (problem) recorder.child.kill('SIGKILL')
  return { stats, end: await (problem ? recorder.ended : recorder.end()) }
}

function expected(setup, services) {
  const { source, role, signer, assumedBy = [], sessionToken, asked, problem } = setup
  const { region = 'us-east-1' } = setup
  const { container, sts, metadata, sso } = services
  const issued = [container, sts, metadata, sso].flatMap((service) => service.issued)
  const token =
    sessionToken ?? issued.find(({ accessKeyId }) => accessKeyId === signer)?.sessionToken
  const isOn = source !== undefined
  const delivered = isOn && !problem ? RECORDS : 0
  return {
    state: isOn ? 'on' : 'off',
    source,
    region: isOn ? region : undefined,
    role,
    assumedBy,
    signers: signer
      ? [
          {
            accessKeyId: signer,
            region,
            service: 'monitoring',
            ...(token && { sessionToken: token }),
          },
        ]
      : [],
    asked: { container: 0, sts: 0, metadata: 0, sso: 0, ...asked },
    children: setup.hasChildren ? [7] : undefined,
    recorded: isOn ? RECORDS : 0,
    applied: delivered,
    arrived: delivered,
    possiblyDuplicated: 0,
    warnings: problem || setup.warning ? 'as expected' : '',
    lastError: problem ? 'as expected' : undefined,
    end: problem ? 'SIGKILL' : 0,
    leaks: [],
  }
}

function tells({ problem }, text) {
  return problem?.every((what) => what.test(text))
}

function differences(wanted, found) {
  return Object.keys(wanted).flatMap((name) => {
    try {
      assert.deepEqual(found[name], wanted[name])
      return []
    } catch {
      return `${name}: ${JSON.stringify(found[name])}, not ${JSON.stringify(wanted[name])}`
    }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!isIsolated()) throw new Error('this runs in a namespace alone')
  const { name, runtime } = JSON.parse(process.argv[2])
  const problems = await problemsHere(
    SETUPS.find((setup) => setup.name === name),
    runtime
  )
  process.stdout.write(JSON.stringify(problems))
}
