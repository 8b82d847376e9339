// Plays processes with hostile variables and files, in a network namespace that has only loopback: this file is the program
// there. Its argument is the name of a list in JSON; it prints what is wrong with each play.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { certificateFile, serverTls } from '../certificates/certificates.mjs'
import { startServices } from '../credentials/run.mjs'
import { appliedRecords, environment, start } from '../harness.mjs'
import { isIsolated, runIsolated } from '../namespaces/isolation.mjs'
import { CONTENTS } from './contents.mjs'
import { PLAYS } from './plays.mjs'
import { SETUPS } from './values.mjs'

const TOKEN = 'token-of-a-test'
const RECORDS = 3
/** Processes at a time. Most of their time is spent waiting. */
const AT_ONCE = 12
/** How long its end may be delayed, in milliseconds: whether it delivers does not depend on how fast a machine is. */
const PATIENT_MS = 30_000
const BRIEF_MS = 250
/** After this time and the delay, a process hangs, also on a machine that is busy. */
const SLACK_MS = 30_000
/** What Node itself writes about NODE_EXTRA_CA_CERTS. */
const OF_NODE = /^Warning: Ignoring extra certs from `.*?`, load failed: [^\n]*\n/gms
/** What a process may write to stderr at most. */
const MAX_OUTPUT = 4_000

/**
 * Plays a list of `plays.mjs` in a namespace and returns what is wrong with each play.
 *
 * @param {'variables' | 'files'} list
 * @returns {Promise<string[][]>}
 */
export function problemsOf(list) {
  return runIsolated(new URL(import.meta.url), { input: list })
}

async function prepare() {
  const services = await startServices({ authorization: TOKEN })
  services.sts.setToken(TOKEN)
  const { file, home } = services
  const pipe = join(home, 'pipe')
  execFileSync('mkfifo', [pipe])
  file(
    '.aws/credentials',
    '[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = local\n'
  )
  const empty = join(home, 'empty')
  mkdirSync(empty)
  return {
    ...services,
    pipe,
    empty,
    token: file('token', TOKEN),
    authorities: certificateFile('ca.pem'),
    encrypted: await startLocalCloudWatch({ tls: serverTls('server.pem') }),
  }
}

async function problemsHere(play, services, index) {
  const { setup, variables, value, contents, delivers } = play
  const provider = `play-${index}`
  const path = join(services.home, `file-${index}`)
  const timeout = delivers ? PATIENT_MS : BRIEF_MS
  const env = { ...SETUPS[setup](services), HKM_SHUTDOWN_TIMEOUT_MS: String(timeout) }
  if (contents) {
    const made = CONTENTS[contents]
    writeFileSync(path, typeof made === 'function' ? made({ path }) : made)
    env[variables[0]] = path
  }
  // A variable cannot be set to bytes from JavaScript, and a megabyte not from outside.
  const isRaw = value === 'no UTF-8'
  const script = variables.map((name) => `export ${name}="$(printf 'a\\377\\376\\200b')"`)
  const later = contents || isRaw ? [] : variables
  const { ended } = start('hostile-environment.mjs', {
    env: environment(services.cloudwatch.endpoint, env),
    longestMs: timeout + SLACK_MS,
    args: [JSON.stringify({ variables: later, value, provider, paths: { pipe: services.pipe } })],
    ...(isRaw && {
      runtime: 'sh',
      runtimeArgs: ['-c', [...script, 'exec "$0" "$@"'].join('\n'), process.execPath],
    }),
  })
  const arrived = () =>
    [services.cloudwatch, services.encrypted]
      .flatMap(appliedRecords)
      .filter((record) => record.includes(`Provider=${provider}}`)).length
  return verdict(await ended, arrived, play)
}

/** Returns what is wrong with the end of a process. */
function verdict(
  { code, signal, stdout, ...end },
  arrived,
  { variables, delivers, isTold, isOfCredentials }
) {
  const stderr = end.stderr.replaceAll(OF_NODE, '')
  const problems = []
  const check = (isRight, problem) => isRight || problems.push(problem)
  check(code === 0 && signal === null, `ended with ${code ?? signal}`)
  check(!/panicked/.test(stderr), 'panicked')
  check(!/SdkBody|play-\d/.test(stderr), 'wrote a request')
  check(!stderr.includes(TOKEN), 'wrote the token')
  check(stderr.length < MAX_OUTPUT, `wrote ${stderr.length} characters`)
  const lines = stderr.split('\n').filter((line) => line !== '')
  check(
    lines.every((line) => line.startsWith('[hkm-native] ')),
    'wrote more than warnings'
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal obeys them.
  check(!/[\0-\x09\x0b-\x1f\x7f]/.test(stderr), 'wrote control characters')
  let stats
  try {
    stats = JSON.parse(stdout)
  } catch {
    return [...problems, `no statistics: ${stdout.slice(0, 200)} ${stderr.slice(0, 500)}`]
  }
  const { state, reason, recorded, applied, buffered, inFlight, dropped, possiblyDuplicated } =
    stats
  const settled = Object.values(dropped).reduce((sum, count) => sum + count, applied)
  check(recorded === settled + buffered + inFlight, 'the books do not balance')
  check(arrived() >= applied, `${applied} applied, ${arrived()} arrived`)
  // Whatever answers is a good CloudWatch.
  check(possiblyDuplicated === 0, `${possiblyDuplicated} possibly duplicated`)
  if (state === 'off') check(reason !== '', 'off without a reason')
  else check(recorded === RECORDS, `${recorded} recorded`)
  check(!delivers || applied === RECORDS, `${applied} delivered`)
  if (applied < recorded) check(lines.length > 0, 'records are lost without a warning')
  const isNamed = variables.every((name) => lines.some((line) => line.includes(name)))
  if (isTold === true) check(isNamed, 'no warning names the variable')
  if (isTold === false) check(lines.length === 0, 'a warning of what changes nothing')
  // Most processes do not wait for the cause. It is not known at their end then.
  const isExplained = state === 'off' || lines.some((line) => line.includes('No credentials'))
  if (isOfCredentials && applied < RECORDS && isExplained) {
    check(isNamed, 'records do not arrive, and no warning names the variable')
  }
  return problems.length > 0 ? [...problems, stderr.slice(0, 500)] : []
}

async function playAll(plays) {
  const services = await prepare()
  const results = []
  let next = 0
  const work = async () => {
    while (next < plays.length) {
      const index = next++
      results[index] = await problemsHere(plays[index], services, index)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  await services.encrypted.close()
  await services.close()
  return results
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!isIsolated()) throw new Error('this runs in a namespace alone')
  process.stdout.write(JSON.stringify(await playAll(PLAYS[JSON.parse(process.argv[2])])))
}
