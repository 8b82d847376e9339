// A process that starts the service, passes signals on, and ends as the service does: npm, concurrently and tsx.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** SIGTERM goes to the parent alone, as from a container. SIGINT goes to the whole group, as from a terminal. */
const ENDS = [
  { signal: 'SIGTERM', pidOf: ({ pid }) => pid },
  { signal: 'SIGINT', pidOf: ({ pid }) => -pid },
]

/**
 * @param {{ program: URL | string, runtime?: string, runtimeArgs?: string[], args?: string[] }} command in a folder whose
 *   script `start` runs the service
 * @param {string} [script]
 * @returns {import('./managed.mjs').Scenario}
 */
export const parent =
  ({ program, ...options }, script) =>
  async ({ folder, start, runs }) => {
    const manifest = { name: 'project', private: true, type: 'module', scripts: { start: script } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    const seen = {}
    for (const [index, { signal, pidOf }] of ENDS.entries()) {
      const { child, ended } = start(program, options)
      const pid = (await runs(index + 1)).at(-1)
      process.kill(pidOf(child), signal)
      const end = await ended
      const output = (end.stdout + end.stderr).replaceAll(String(pid), 'PID')
      seen[signal] = { code: end.code, signal: end.signal, output }
    }
    return seen
  }

/**
 * tsx kills a service that does not tell it of a signal within 60 ms, so that only other ends are the same each time.
 *
 * @returns {import('./managed.mjs').Scenario}
 */
export const parentOfCrash =
  ({ program, ...options }) =>
  async ({ start, env }) => {
    const { ended } = start(program, { ...options, env: { ...env, CRASHES: '1' } })
    const { code, signal, stdout, stderr } = await ended
    return { code, signal, output: stdout + stderr }
  }
