// Runs the process of an ending.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CREDENTIALS, environment, start } from '../harness.mjs'
import { PATIENCE } from '../patience.mjs'
import { AT_THE_END } from './faults.mjs'

/** A child that still runs after this time is killed and has failed. The longest flush that fails takes half of it. */
export const HUNG_AFTER_MS = 20_000

/** A deadline that is long enough on a busy machine. Endings that are about the deadline set their own. */
const LONG_DEADLINE = { HKM_SHUTDOWN_TIMEOUT_MS: '10000' }

/**
 * @typedef {object} Child
 * @property {() => Promise<string>} message the next one that it sends
 * @property {(text: string) => void} say sends it a message
 * @property {(isMet: (output: { stdout: string, stderr: string }) => boolean) => Promise<void>} until waits until its
 *   output meets a condition
 * @property {number} pid
 * @property {(signal: string) => void} kill
 * @property {(text: string) => void} type into its stdin
 * @property {() => void} hangUp ends its stdin
 * @property {string} folder the temporary folder of the ending, if it prepares anything
 * @property {import('@sim/local-cloudwatch').LocalCloudWatch} cloudwatch
 */

/**
 * Runs the process to its end.
 *
 * @param {import('./endings.mjs').Ending} ending
 * @param {{ name: string, command: string }} runtime
 * @param {import('@sim/local-cloudwatch').LocalCloudWatch} cloudwatch
 * @param {Record<string, string>} [extra] variables
 */
export async function runChild(ending, runtime, cloudwatch, extra) {
  if (!ending.prepare) return runPrepared(ending, runtime, { cloudwatch, extra })
  const folder = mkdtempSync(join(tmpdir(), 'hkm-ending-'))
  try {
    const { env, ...prepared } = await ending.prepare(folder, runtime)
    const complete = { ...ending, ...prepared, env: { ...ending.env, ...env } }
    const end = await runPrepared(complete, runtime, { cloudwatch, extra, folder })
    const withoutFolder = (text) => text.replaceAll(folder, 'FOLDER')
    return { ...end, stdout: withoutFolder(end.stdout), stderr: withoutFolder(end.stderr) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runPrepared(ending, runtime, { cloudwatch, extra, folder }) {
  const { program = 'ending.mjs', hungAfterMs = HUNG_AFTER_MS } = ending
  const started = start(program, commandOf(ending, runtime, cloudwatch, extra))
  const { child, ended, message, until } = started
  const control = {
    message,
    until,
    pid: child.pid,
    kill: (signal) => kill(ending, child, signal),
    // The child may have ended.
    say: (text) => child.send(text, () => {}),
    type: (text) => child.stdin.write(text),
    hangUp: () => child.stdin.end(),
    folder,
    cloudwatch,
  }
  let isHung = false
  const timer = setTimeout(() => {
    isHung = true
    end(ending, child)
  }, PATIENCE * hungAfterMs)
  try {
    await Promise.race([ending.drive?.(control), ended])
    return { ...(await ended), isHung }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

function commandOf(ending, runtime, cloudwatch, extra) {
  const { wrapper = [], runtimeArgs = [], args, mostRequests } = ending
  const interval = mostRequests === undefined ? {} : AT_THE_END
  const variables = { ...CREDENTIALS, ...LONG_DEADLINE, ...interval, ...ending.env, ...extra }
  const [command, ...rest] = [...wrapper, runtime.command, ...runtimeArgs]
  return {
    env: environment(cloudwatch.endpoint, variables),
    args,
    runtime: command,
    runtimeArgs: rest,
    isGroup: ending.isGroup || ending.hasChildren,
  }
}

function kill({ isWrapped, isGroup }, child, signal) {
  if (isWrapped) process.kill(childOf(child.pid), signal)
  else if (isGroup) process.kill(-child.pid, signal)
  else child.kill(signal)
}

/** Kills a child that hangs, and its own children. */
function end({ isWrapped, hasChildren }, child) {
  try {
    if (isWrapped) process.kill(childOf(child.pid), 'SIGKILL')
    if (hasChildren) process.kill(-child.pid, 'SIGKILL')
  } catch {}
  child.kill('SIGKILL')
}

/** Returns the PID of the only child of a process. In its own PID namespace, the child may have another one. */
function childOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  // An empty text would become 0, which `process.kill` takes for the own process group.
  if (!/^\d+ ?$/.test(children)) throw new Error(`${pid} does not have one child: ${children}`)
  return Number(children)
}
