// Plays an ending. The process has to end as it does with metrics off, and each record has to arrive exactly once.

import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { CREDENTIALS, environment, start } from '../harness.mjs'
import { unshare } from '../namespaces/isolation.mjs'

/** A child that still runs after this time is killed and has failed. No ending takes a tenth of it. */
const HUNG_AFTER_MS = 20_000

/** Long enough for a busy machine. The endings that are about this time set their own. */
const PATIENCE = { HKM_SHUTDOWN_TIMEOUT_MS: '10000' }

const NEW_PID_NAMESPACE = unshare('--pid', '--fork', '--mount-proc', '--kill-child')

/**
 * Plays an ending, and the same with metrics off. Returns what is wrong; an empty list means that nothing is.
 *
 * @param {import('./endings.mjs').Ending} ending
 * @param {{ name: string, command: string }} runtime
 * @param {Promise<object>} [bare] how it ended with metrics off, if that was played before
 */
export async function play(ending, runtime, bare = playBare(ending, runtime)) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    cloudwatch.setFault(ending.fault)
    const end = await playOnce(ending, runtime, cloudwatch)
    const problems = [...wrongEnd(ending, end, await bare)]
    const requests = cloudwatch.requests.length
    if (requests > ending.mostRequests) problems.push(`held up for ${requests} requests`)
    if (!ending.isLost) problems.push(...wrongRecords(ending, end, cloudwatch))
    return problems
  } finally {
    await cloudwatch.close()
  }
}

/** Plays an ending with metrics off. Returns `undefined` when the two cannot be compared. */
export async function playBare(ending, runtime) {
  if (ending.isOwn) return undefined
  const cloudwatch = await startLocalCloudWatch()
  try {
    return await playOnce(ending, runtime, cloudwatch, { HKM_ENABLED: 'false' })
  } finally {
    await cloudwatch.close()
  }
}

async function playOnce(ending, runtime, cloudwatch, extra = {}) {
  const env = environment(cloudwatch.endpoint, {
    ...CREDENTIALS,
    ...PATIENCE,
    ...ending.env,
    ...extra,
  })
  const [command, ...runtimeArgs] = ending.isFirstOfNamespace
    ? [...NEW_PID_NAMESPACE, runtime.command]
    : [runtime.command]
  const { program = 'ending.mjs' } = ending
  const started = start(program, { env, args: ending.args, runtime: command, runtimeArgs })
  const { child, ended, message } = started
  const kill = (signal) => {
    process.kill(ending.isFirstOfNamespace ? childOf(child.pid) : child.pid, signal)
  }
  const say = (text) => child.send(text)
  let isHung = false
  const timer = setTimeout(() => {
    isHung = true
    child.kill('SIGKILL')
  }, HUNG_AFTER_MS)
  try {
    await Promise.race([ending.drive?.({ message, kill, say, cloudwatch }), ended])
    return { ...(await ended), isHung }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

/** The number, outside of its PID namespace, of the process in it. */
function childOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
}

function* wrongEnd(ending, end, bare) {
  if (end.isHung) yield 'hung'
  const { code = ending.signal ? null : 0, signal = null } = ending
  const expected = { code, signal }
  const actual = { code: end.code, signal: end.signal }
  const isExpected = isDeepStrictEqual(actual, expected)
  if (!isExpected) {
    yield `ended by ${describe(actual)}, not ${describe(expected)}`
  }
  if (!bare) return
  const alone = { code: bare.code, signal: bare.signal }
  if (!isDeepStrictEqual(actual, alone)) yield `ended by ${describe(alone)} with metrics off`
  const stderr = comparable(ending.fault ? withoutWarnings(end.stderr) : end.stderr)
  if (stderr !== comparable(bare.stderr))
    yield `stderr is ${JSON.stringify(stderr)}, not ${JSON.stringify(bare.stderr)}`
  else if (!isExpected) yield `stderr is ${JSON.stringify(stderr)}, also with metrics off`
}

const describe = ({ code, signal }) => signal ?? `code ${code}`

/**
 * Two things differ from run to run: addresses, and how Node passes on what a worker threw (by a message, or at the exit
 * of the worker if that comes first).
 */
const comparable = (stderr) =>
  stderr.replaceAll(/0x[0-9a-f]+/g, '0x').replaceAll(/^ {4}at .*\(node:internal\/worker:.*\n/gm, '')

const withoutWarnings = (stderr) => stderr.replaceAll(/^\[HostedKeyMetrics\] .*\n/gm, '')

/** Compares what was told on stdout, by source, with the values that arrived. */
function* wrongRecords({ untold = 0 }, { stdout }, cloudwatch) {
  const told = new Map(
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '))
  )
  if (told.size === 0) yield 'nothing was told'
  const arrived = arrivals(cloudwatch)
  for (const [source, counts] of arrived) {
    const most = Number(told.get(source) ?? 0) + untold
    if (Math.max(...counts.keys()) > most) yield `${source}: more arrived than was recorded`
    const doubled = [...counts.values()].filter((count) => count > 1).length
    if (doubled > 0) yield `${source}: ${doubled} doubled`
  }
  for (const [source, text] of told) {
    const counts = arrived.get(source) ?? new Map()
    const missing = Array.from({ length: Number(text) }, (_, index) => index + 1).filter(
      (value) => !counts.has(value)
    ).length
    if (missing > 0) yield `${source}: ${missing} of ${text} lost`
  }
}

/** By source: how often each number arrived. */
function arrivals(cloudwatch) {
  const sources = new Map()
  for (const { dimensions, values, counts } of cloudwatch.applied()) {
    const source = dimensions.find(({ Name }) => Name === 'Provider').Value
    if (!sources.has(source)) sources.set(source, new Map())
    const numbers = sources.get(source)
    values.forEach((value, index) => {
      numbers.set(value, (numbers.get(value) ?? 0) + counts[index])
    })
  }
  return sources
}
