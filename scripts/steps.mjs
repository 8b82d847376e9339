// Runs commands one after the other, each under a headline, until one fails.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** For `node --test`, on two processors. Suites that run children wait for them most of the time. */
export const FOUR_AT_A_TIME = '--test-concurrency=4'

/**
 * Ends the process with the exit code of the first command that fails.
 *
 * @param {{ name: string, command: string[], cwd?: string, env?: Record<string, string> }[]} steps
 */
export function runSteps(steps) {
  for (const { name, command, cwd = '.', env = {} } of steps) {
    console.log(`\n== ${name}: ${command.join(' ')}`)
    const began = performance.now()
    const { status, error } = spawnSync(command[0], command.slice(1), {
      cwd: new URL(`${cwd}/`, `file://${ROOT}`),
      env: { ...process.env, ...env },
      stdio: 'inherit',
      shell: process.platform === 'win32',
    })
    if (error) console.error(String(error))
    const seconds = Math.round((performance.now() - began) / 1_000)
    console.log(`== ${name}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds} s`)
    if (status !== 0) process.exit(status ?? 1)
  }
}
