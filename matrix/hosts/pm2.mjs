/**
 * pm2 with a daemon of its own, which restarts a service that crashes, restarts, reloads and stops it by command, and ends at
 * the end.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installed, SERVICE } from './managed.mjs'

const PM2 = installed('pm2/bin/pm2')

/** @type {import('./managed.mjs').Scenario} */
export const pm2InForkMode = (bed) =>
  withDaemon(
    bed,
    async ({ pm2, apps }) => {
      const seen = []
      // The first run crashes, and pm2 starts the second.
      await pm2('start', fileURLToPath(SERVICE), '--name', 'service')
      await bed.runs(2)
      seen.push(await apps())
      await pm2('restart', 'service')
      await bed.runs(3)
      seen.push(await apps())
      await pm2('stop', 'service')
      seen.push(await apps())
      return seen
    },
    { CRASHES: '1' }
  )

/** @type {import('./managed.mjs').Scenario} */
export const pm2InClusterMode = (bed) =>
  withDaemon(bed, async ({ pm2, apps }) => {
    const seen = []
    await pm2('start', fileURLToPath(SERVICE), '--name', 'service', '-i', '2')
    await bed.runs(2)
    seen.push(await apps())
    await pm2('reload', 'service')
    await bed.runs(4)
    seen.push(await apps())
    await pm2('delete', 'service')
    seen.push(await apps())
    return seen
  })

/** Adds to what the work returns how each run ended, and what it wrote. */
async function withDaemon({ folder, env, start }, work, variables) {
  const home = join(folder, 'pm2')
  const own = { PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true', ...variables }
  async function pm2(...args) {
    const end = await start(PM2, { args, env: { ...env, ...own } }).ended
    if (end.code !== 0) throw new Error(`pm2 ${args.join(' ')}: ${end.stdout}${end.stderr}`)
    return end.stdout
  }
  const apps = async () => {
    const told = JSON.parse((await pm2('jlist', '--silent')).trim().split('\n').at(-1))
    return told.map(({ pm2_env: { status, restart_time, exit_code, exec_mode } }) => ({
      status,
      restart_time,
      exit_code,
      exec_mode,
    }))
  }
  try {
    const seen = await work({ pm2, apps })
    const logs = readdirSync(join(home, 'logs'))
    const written = logs.sort().map((name) => readFileSync(join(home, 'logs', name), 'utf8'))
    const daemon = readFileSync(join(home, 'pm2.log'), 'utf8')
    const ends = daemon.match(/exited with code .*|sending SIGKILL/g)
    return { seen, logs, written, ends }
  } finally {
    await pm2('kill')
  }
}
