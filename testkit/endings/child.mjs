// Runs the process of an ending.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CREDENTIALS, environment, start } from '../harness.mjs'

/** A child that still runs after this time is killed and has failed. The longest takes half of it: a flush that fails. */
export const HUNG_AFTER_MS = 20_000

/** Long enough for a busy machine. The endings that are about this time set their own. */
const PATIENCE = { HKM_SHUTDOWN_TIMEOUT_MS: '10000' }

/**
 * @typedef {object} Child
 * @property {() => Promise<string>} message the next one that it sends
 * @property {(text: string) => void} say sends it a message
 * @property {(isMet: (output: { stdout: string, stderr: string }) => boolean) => Promise<void>} until what it has
 *   written is as awaited
 * @property {(signal: string) => void} kill
 * @property {(text: string) => void} type into its stdin
 * @property {() => void} hangUp ends its stdin
 * @property {string} folder the temporary one of the ending
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
  }, hungAfterMs)
  try {
    await Promise.race([ending.drive?.(control), ended])
    return { ...(await ended), isHung }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

function commandOf(ending, runtime, cloudwatch, extra) {
  const { wrapper = [], runtimeArgs = [], args } = ending
  const variables = { ...CREDENTIALS, ...PATIENCE, ...ending.env, ...extra }
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

/** Ends a child that hangs, and its own children. */
function end({ isWrapped, hasChildren }, child) {
  try {
    if (isWrapped) process.kill(childOf(child.pid), 'SIGKILL')
    if (hasChildren) process.kill(-child.pid, 'SIGKILL')
  } catch {}
  child.kill('SIGKILL')
}

/** The number of the only child of a process, also if that has another number in its own PID namespace. */
function childOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  // Zero would stand for this process and its group.
  if (!/^\d+ ?$/.test(children)) throw new Error(`${pid} does not have one child: ${children}`)
  return Number(children)
}
